import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeHeaders } from '../headers.ts';

export type Sanitizer = 'address,undefined' | 'thread';

/** What of the addon needs no Node, with the program that drives it. It plays the kernel, and the clock. */
const SOURCES = ['testing/drive.c', 'udp.c', 'sender.c', 'fanout.c', 'packets.c', 'srtp.c'];
const FAKES = ['sendmmsg', 'recvmmsg', 'clock_gettime'].map((name) => `-D${name}=fake_${name}`);
const FLAGS = '-g -O1 -std=c11 -D_GNU_SOURCE -pthread -Wall -Wextra -Werror -fno-sanitize-recover=all'.split(' ');

/** Compiles `drive.c` to `path`. Returns what is missing or wrong, or null. OpenSSL is the system's, without its headers. */
export function compileDriver(path: string, sanitizer: Sanitizer): string | null {
  const include = nodeHeaders();
  if (include === null) return 'the headers of this Node were not found';
  const flags = [...FLAGS, ...FAKES, `-fsanitize=${sanitizer}`, '-isystem', include];
  const { error, status, stderr } = spawnSync('cc', [...flags, '-o', path, ...SOURCES, '-l:libcrypto.so.3'], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
  });
  if (error !== undefined) return `there is no C compiler: ${error.message}`;
  return status === 0 ? null : stderr;
}
