import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const BUILD = `${BENCH}build`;
/** Where Debian keeps the sources of Go packages. */
const DEBIAN_GO = '/usr/share/gocode';
const FLAGS = '-O2 -g -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fstack-protector-strong -D_FORTIFY_SOURCE=3'.split(
  ' ',
);

/** Something that a bench needs is not on this machine. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError';
}

/** The C programs: folders whose sources they are made of; `receivers/srtp.c` is in both. */
const C_PROGRAMS = {
  receivers: ['receivers'],
  sender: ['floors', 'receivers/srtp.c'],
} as const;

/** The path of a C program, compiled if its sources are newer. Throws NotInstalledError. */
export function cProgram(name: keyof typeof C_PROGRAMS): string {
  const sources = C_PROGRAMS[name].flatMap((part) => (part.endsWith('.c') ? [`${BENCH}${part}`] : filesIn(part, '.c')));
  const program = `${BUILD}/${name}`;
  if (isFresh(program, [...sources, ...filesIn('receivers', '.h'), ...filesIn('floors', '.h')])) return program;
  if (!exists('cc')) throw new NotInstalledError('a C compiler: apt install gcc libc6-dev libssl-dev');
  const header = spawnSync('cc', ['-E', '-include', 'openssl/ssl.h', '-x', 'c', '/dev/null'], { stdio: 'ignore' });
  if (header.status !== 0) throw new NotInstalledError("OpenSSL's headers: apt install libssl-dev");
  mkdirSync(BUILD, { recursive: true });
  execFileSync('cc', [...FLAGS, ...sources, '-o', program, '-lssl', '-lcrypto'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return program;
}

/** The path of the relay on Pion, compiled from Debian's sources, offline. Throws NotInstalledError. */
export function pionProgram(): string {
  const program = `${BUILD}/pion`;
  const sources = filesIn('peers/pion', '');
  if (isFresh(program, sources)) return program;
  if (!exists('go') || !exists(`${DEBIAN_GO}/src/github.com/pion/webrtc`))
    throw new NotInstalledError('Pion: apt install golang-go golang-github-pion-webrtc.v3-dev');
  // Without modules, Go finds `/v3` in an import only from inside its own path.
  const source = `${BUILD}/go/src/bench-pion`;
  for (const file of sources) cpSync(file, `${source}/${file.slice(file.lastIndexOf('/') + 1)}`);
  execFileSync('go', ['build', '-o', program, '.'], {
    cwd: source,
    env: {
      ...process.env,
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOPATH: `${BUILD}/go:${DEBIAN_GO}`,
      GOCACHE: `${BUILD}/go-cache`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return program;
}

/** Whether this command or file is there. */
export function exists(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0" || test -e "$0"', name], { stdio: 'ignore' }).status === 0;
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(`${BENCH}${folder}`)
    .filter((name) => name.endsWith(ending))
    .map((name) => `${BENCH}${folder}/${name}`);
}

function isFresh(program: string, sources: readonly string[]): boolean {
  const builtAt = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.every((source) => statSync(source).mtimeMs < builtAt);
}
