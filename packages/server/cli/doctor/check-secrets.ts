import { statSync } from 'node:fs';
import { secretsInFile } from '../../config/describe-settings.ts';
import type { Settings } from '../../config/load.ts';
import { type Finding, ok, warning } from './finding.ts';

const OTHERS = 0o077;

/** Whether a settings file with secrets in it can be read by its owner only. Nothing if there are none. */
export function checkSecrets(settings: Settings): Finding[] {
  const { file } = settings;
  const secrets = secretsInFile(settings);
  // Windows has no such modes.
  if (file === null || secrets.length === 0 || process.platform === 'win32') return [];
  const check = 'settings file';
  if ((statSync(file).mode & OTHERS) === 0) return [ok(check, `${file} is readable by its owner only`)];
  const said = `${file} holds ${secrets.join(', ')} and is readable by others`;
  return [warning(check, said, `chmod 600 ${file}`)];
}
