// A process that takes over connections: sends back what came with each and what comes on it, pours bytes into it, or dies of it.
import type { Duplex } from 'node:stream';
import { connectionToServer } from '../../packages/streamer/multiplex/connection-to-server.ts';

type Taken = { head: string; stream?: number; pour?: number; dies?: boolean };

process.on('message', ({ head, stream, pour, dies }: Taken, handle: Duplex | undefined) => {
  if (dies) process.kill(process.pid, 'SIGKILL');
  const socket = stream === undefined ? handle : connectionToServer().open(stream);
  if (socket === undefined) return;
  socket.on('error', () => {});
  socket.once('close', () => process.send?.('closed'));
  if (pour === undefined) {
    socket.write(Buffer.from(head, 'base64'));
    socket.pipe(socket);
  } else {
    socket.resume();
    socket.end(Buffer.alloc(pour, 1));
  }
  process.send?.('taken');
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
