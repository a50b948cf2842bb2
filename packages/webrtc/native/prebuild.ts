// `npm run prebuild-addon [-- FOLDER]`: the addon for machines without a compiler: Linux on x64 and arm64, with glibc (2.34 or newer) and with
// musl. `npm run pack` puts it into the package. Needs Debian's cross compilers:
//   dpkg --add-architecture arm64 && apt-get update
//   apt-get install gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross musl-dev:amd64 musl-dev:arm64
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { compileAddon } from './compile.ts';
import { nodeHeaders } from './headers.ts';
import { addonPath } from './target.ts';

/** What GCC calls each processor. */
const MACHINES = { x64: 'x86_64', arm64: 'aarch64' } as const;

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, 'build'));
for (const cpu of ['x64', 'arm64'] as const)
  for (const libc of ['glibc', 'musl'] as const) {
    const problem = make(cpu, libc);
    process.stderr.write(problem === null ? `✔ ${cpu} ${libc}\n` : `✖ ${cpu} ${libc}: ${problem}\n`);
    if (problem !== null) process.exitCode = 1;
  }

/** What is missing or wrong, or null. */
function make(cpu: keyof typeof MACHINES, libc: 'glibc' | 'musl'): string | null {
  // OpenSSL's headers choose by processor themselves.
  const include = nodeHeaders();
  if (include === null) return 'the headers of this Node were not found';
  const path = addonPath(folder, { platform: 'linux', arch: cpu, libc });
  mkdirSync(dirname(path), { recursive: true });
  const compiler = `${MACHINES[cpu]}-linux-gnu-gcc`;
  return compileAddon(path, compiler, [
    '-isystem',
    include,
    // Otherwise GCC's library asks the C library for the processor's features when it is loaded.
    ...(cpu === 'arm64' ? ['-mno-outline-atomics'] : []),
    ...(libc === 'musl' ? muslFlags(compiler, MACHINES[cpu]) : []),
  ]);
}

/** Debian has no compiler for musl on other processors, but its headers; nothing is linked, since Node has loaded its library. */
function muslFlags(compiler: string, machine: string): string[] {
  const own = spawnSync(compiler, ['-print-file-name=include'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  return ['-nostdlib', '-nostdinc', '-isystem', `/usr/include/${machine}-linux-musl`, '-isystem', own];
}
