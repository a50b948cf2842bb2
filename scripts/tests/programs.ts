import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { firefoxPath } from '../../e2e/harness/firefox.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
/** Proxies and the like, each with Debian's package; a test without its program fails. */
const FOR_ALL_TESTS = {
  cc: 'gcc libc6-dev',
  nginx: 'nginx',
  haproxy: 'haproxy',
  caddy: 'caddy',
  'fail2ban-regex': 'fail2ban',
};
/** Where daemons are, which a user's PATH does not always have. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** Ends the process with one line if programs are missing that npm does not install. `isWhole`: all tests are run. */
export function needsPrograms({ isWhole }: { isWhole: boolean }): void {
  process.env.PATH = [process.env.PATH ?? '', ...SYSTEM_FOLDERS].join(delimiter);
  const missing = [
    ...(isExecutable(CHROMIUM) ? [] : ['chromium']),
    ...['curl', 'openssl'].filter((name) => !isInPath(name)),
    ...(isWhole && firefoxPath() === null ? ['firefox-esr'] : []),
    ...(isWhole ? Object.entries(FOR_ALL_TESTS).flatMap(([name, its]) => (isInPath(name) ? [] : [its])) : []),
  ];
  if (missing.length === 0) return;
  process.stderr.write(
    `The tests need programs that are not here: apt-get install ${missing.join(' ')} (Chromium is expected at ${CHROMIUM}; set CHROMIUM_PATH if it is elsewhere).\n`,
  );
  process.exit(1);
}

function isInPath(name: string): boolean {
  return process.env.PATH!.split(delimiter).some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
