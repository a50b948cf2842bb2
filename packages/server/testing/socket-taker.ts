// A process that takes over connections: sends back what came with each and what comes on it, pours bytes into it, or dies of it.
import type { Socket } from 'node:net';

type Taken = { head: string; pour?: number; dies?: boolean };

process.on('message', ({ head, pour, dies }: Taken, socket: Socket | undefined) => {
  if (dies) process.kill(process.pid, 'SIGKILL');
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
