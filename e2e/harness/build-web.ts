import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Builds the pages from the current sources; `npm test` does it once for all files. */
export async function buildWeb(): Promise<void> {
  if (process.env.TESTS_WEB_APP_IS_BUILT !== undefined) return;
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: ROOT });
}
