import type { Endpoint } from '../address.ts';

/** The way of a datagram. Addresses are as `addressText` writes them, which is how sockets name them too. */
export interface Path {
  protocol: 'udp' | 'tcp';
  /** `local.address` is where it arrived, or is to be sent from. */
  local: Endpoint;
  remote: Endpoint;
  /** TCP: which connection. Numbers are never used again. */
  connection?: number;
}

/** Equal for equal paths. */
export function pathKey({ protocol, local, remote, connection }: Path): string {
  if (protocol === 'tcp') return `tcp ${connection}`;
  return `${local.address} ${local.port} ${remote.address} ${remote.port}`;
}

/** The most events of a path that is tried are `send`s. `datagram` is the receiver's to keep. */
export type IceEvent =
  | { type: 'send'; path: Path; datagram: Uint8Array }
  /** The peer answered over it: what else arrives there may be looked at. */
  | { type: 'validated'; path: Path }
  /** Send everything here from now on. Also when it changes, and when the peer answers again after `disconnected`. */
  | { type: 'selected'; path: Path }
  /** The peer has not answered for a while, or its TCP connection ended: this may pass. */
  | { type: 'disconnected' }
  /** Nothing may be sent any more (RFC 7675), or no path was found. Only a restart helps. */
  | { type: 'failed' };
