import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** For which the addon is compiled. */
interface Target {
  platform: string;
  arch: string;
  libc: 'glibc' | 'musl';
}

/** The program header that names the loader is near the start of an ELF file. */
const ELF_START_BYTES = 4096;
/** In the npm package everything is in one folder, and so is this. */
const BUILT = join(import.meta.dirname, 'build');

/** Where the addon is, built here or packed with us: by default for the running Node. It need not exist. */
export function addonPath(folder = BUILT, { platform, arch, libc } = ownTarget()): string {
  const name = platform === 'linux' ? `${platform}-${arch}-${libc}` : `${platform}-${arch}`;
  return join(folder, name, 'webrtc.node');
}

function ownTarget(): Target {
  return { platform: process.platform, arch: process.arch, libc: libcOf(process.execPath) };
}

/** A Node for musl names its loader, `/lib/ld-musl-*.so.1`. Whether musl is installed says nothing: Debian can have both. */
function libcOf(program: string): Target['libc'] {
  const start = Buffer.alloc(ELF_START_BYTES);
  const file = openSync(program, 'r');
  try {
    return start.subarray(0, readSync(file, start)).includes('/ld-musl-') ? 'musl' : 'glibc';
  } finally {
    closeSync(file);
  }
}
