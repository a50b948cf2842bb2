import { readFileSync } from 'node:fs';
import type { Config } from '../../config/settings.ts';
import { type CrashReport, crashReportPath } from '../crash-policy.ts';
import { type Finding, warning } from './finding.ts';

/** The crash that the server has left a report about, if any. */
export function checkLastCrash({ data }: Config): Finding[] {
  const path = crashReportPath(data);
  let report: CrashReport;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
  const fix = `Please report it with ${path}, then delete that file.`;
  return [warning('last crash', `the server crashed at ${report.time}: ${report.message}`, fix)];
}
