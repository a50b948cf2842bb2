import type { AddressInfo } from 'node:net';
import { MoonshareError } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';

/** Listens, or closes the app if it cannot. Throws PORT_IN_USE, CONFIG_INVALID. */
export async function listen(app: FastifyInstance, { bind, port }: { bind: string; port: number }): Promise<void> {
  try {
    await app.listen({ host: bind, port });
  } catch (cause) {
    await app.close();
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new MoonshareError('PORT_IN_USE', { message: `Port ${port} on ${bind} is taken`, cause });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES') {
      throw new MoonshareError('CONFIG_INVALID', {
        message: `Cannot listen on ${bind}, port ${port} (${code})`,
        hint: 'Set MOONSHARE_BIND to an address of this machine and PORT to a port that you may use.',
        cause,
      });
    }
    throw cause;
  }
}

/** Host and port at which this machine reaches a listening server. */
export function localAuthority(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  const isAny = address === '0.0.0.0' || address === '::';
  return `${isAny ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
