import { lookup } from 'node:dns/promises';
import { GameStreamError } from '../errors.ts';

/** Picks one IP address of the name: pings and media must use the same one. Errors: HOST_UNREACHABLE. */
export async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host, { order: 'ipv4first' })).address;
  } catch (cause) {
    throw new GameStreamError('HOST_UNREACHABLE', `The name ${host} has no address`, {
      hint: 'Check how the name of the host is written.',
      cause,
    });
  }
}
