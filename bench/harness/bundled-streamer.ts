import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStreamer } from '../../scripts/pack/streamer.ts';
import type { StreamerProgram } from './streamer.ts';

const ADDON = fileURLToPath(new URL('../../packages/webrtc/native/build', import.meta.url));

/** The streamer as it is published, in a folder that goes with the process, with a place for compiled code as the server gives it one. */
export async function bundledStreamer(): Promise<StreamerProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'moonshare-bench-streamer-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await buildStreamer(folder);
  cpSync(ADDON, join(folder, 'build'), { recursive: true });
  const compiled = join(folder, 'compiled');
  mkdirSync(compiled);
  return { entry: join(folder, 'streamer.cjs'), env: { ...process.env, NODE_COMPILE_CACHE: compiled } };
}
