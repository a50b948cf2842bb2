import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Two ends of one connection within this machine, which no other user can reach. `connect` opens the near one at a path. Nothing is
 * read from `far` here.
 */
export async function localConnection(connect: (path: string) => Socket): Promise<{ near: Socket; far: Socket }> {
  const directory = await mkdtemp(join(tmpdir(), 'moonshare-media-'));
  const server = createServer({ pauseOnConnect: true });
  const broken = new AbortController();
  try {
    const path = join(directory, 'socket');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection', { signal: broken.signal }) as Promise<[Socket]>;
    const near = connect(path);
    // Its close follows.
    near.on('error', () => {});
    // Before that, if there is no descriptor left for the far end.
    near.once('close', () => broken.abort());
    const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
    return { near, far };
  } finally {
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}
