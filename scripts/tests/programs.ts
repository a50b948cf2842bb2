import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Ends the process with one line if programs are missing that npm does not install. */
export function needsPrograms(): void {
  const missing = ['curl', 'openssl'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
  try {
    accessSync(CHROMIUM, constants.X_OK);
  } catch {
    missing.unshift('chromium');
  }
  if (missing.length === 0) return;
  process.stderr.write(
    `The tests need ${missing.join(' and ')}: apt-get install ${missing.join(' ')} (Chromium is expected at ${CHROMIUM}; set CHROMIUM_PATH if it is elsewhere).\n`,
  );
  process.exit(1);
}
