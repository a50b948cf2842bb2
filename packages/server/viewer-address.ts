import { networkInterfaces } from 'node:os';
import { isLoopback } from './loopback.ts';

/**
 * Where the UDP sockets for browsers are bound. A specific address is used as it is. Loopback is not: WebRTC would then offer no
 * candidate that every browser on this machine can use. It is used only if there is no other network at all.
 */
export function viewerAddress(bind: string): string | undefined {
  if (!isLoopback(bind)) return bind === '0.0.0.0' || bind === '::' ? undefined : bind;
  const outside = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => !internal));
  return outside ? undefined : '127.0.0.1';
}
