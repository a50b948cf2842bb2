// A process that takes over connections: sends back what came with each and what comes on it, or pours bytes into it.
import type { Socket } from 'node:net';

type Taken = { head: string; pour?: number };

process.on('message', ({ head, pour }: Taken, socket: Socket | undefined) => {
  if (socket === undefined) return;
  socket.on('error', () => {});
  socket.once('close', () => process.send?.('closed'));
  if (pour === undefined) {
    socket.write(Buffer.from(head, 'base64'));
    socket.pipe(socket);
  } else {
    socket.end(Buffer.alloc(pour, 1));
  }
  process.send?.('taken');
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
