import { Socket } from 'node:net';
import { MULTIPLEX_DESCRIPTOR } from '@moonshare/contract';
import { MultiplexedConnection } from './multiplexed-connection.ts';

let connection: MultiplexedConnection | null = null;

/** That of this process. Opened when it is needed first: who never gets media sockets over TLS need not have it. */
export function connectionToServer(): MultiplexedConnection {
  connection ??= new MultiplexedConnection(new Socket({ fd: MULTIPLEX_DESCRIPTOR, readable: true, writable: true }));
  return connection;
}
