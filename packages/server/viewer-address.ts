import { networkInterfaces } from 'node:os';
import { isLoopback } from './loopback.ts';

/**
 * Where the UDP sockets for browsers bind. One address of the machine is taken as it is. Loopback is not: WebRTC then
 * offers no candidate that every browser on this machine can use, unless there is no other network at all.
 */
export function viewerAddress(bind: string): string | undefined {
  if (!isLoopback(bind)) return bind === '0.0.0.0' || bind === '::' ? undefined : bind;
  const outside = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => !internal));
  return outside ? undefined : '127.0.0.1';
}
