import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

type Libc = 'glibc' | 'musl';

/** The program header that names the loader is near the start of an ELF file. */
const ELF_START_BYTES = 4096;

/** Where the addon that was built here for the running Node is: for one platform, processor and C library. */
export function addonPath(): string {
  const { platform, arch } = process;
  return join(import.meta.dirname, 'build', targetOf(platform, arch, libcOf(process.execPath)), 'webrtc.node');
}

/** The addon for the running Node, built here or from its package; null if there is neither. */
export function findAddon(): string | null {
  const built = addonPath();
  if (existsSync(built)) return built;
  try {
    return createRequire(import.meta.url).resolve(packageOf(process.platform, process.arch, libcOf(process.execPath)));
  } catch {
    return null;
  }
}

/** The npm package with the addon for a system (packages.ts makes it). */
export function packageOf(platform: string, arch: string, libc: Libc): string {
  return `@moonshare/webrtc-${targetOf(platform, arch, libc)}`;
}

function targetOf(platform: string, arch: string, libc: Libc): string {
  return platform === 'linux' ? `${platform}-${arch}-${libc}` : `${platform}-${arch}`;
}

/** A Node for musl names its loader, `/lib/ld-musl-*.so.1`. Whether musl is installed says nothing: Debian can have both. */
function libcOf(program: string): Libc {
  const start = Buffer.alloc(ELF_START_BYTES);
  const file = openSync(program, 'r');
  try {
    return start.subarray(0, readSync(file, start)).includes('/ld-musl-') ? 'musl' : 'glibc';
  } finally {
    closeSync(file);
  }
}
