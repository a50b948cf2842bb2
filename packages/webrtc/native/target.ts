import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** The program header that names the loader is near the start of an ELF file. */
const ELF_START_BYTES = 4096;

/** Where the addon for the running Node is: built for one platform, processor and C library. */
export function addonPath(): string {
  const libc = process.platform === 'linux' ? `-${isMusl(process.execPath) ? 'musl' : 'glibc'}` : '';
  return join(import.meta.dirname, 'build', `${process.platform}-${process.arch}${libc}`, 'webrtc.node');
}

/** A Node for musl names its loader, `/lib/ld-musl-*.so.1`. Whether musl is installed says nothing: Debian can have both. */
function isMusl(program: string): boolean {
  const start = Buffer.alloc(ELF_START_BYTES);
  const file = openSync(program, 'r');
  try {
    return start.subarray(0, readSync(file, start)).includes('/ld-musl-');
  } finally {
    closeSync(file);
  }
}
