import { networkInterfaces } from 'node:os';

/** An IPv4 address of this machine that other machines could reach: to browsers, HTTP there is no secure context. */
export function outsideAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (outside === undefined) throw new Error('this machine has no address but loopback ones; the test needs a network');
  return outside.address;
}
