import type { Server } from 'node:http';

/** Frees its port and cuts its connections. A server that does not listen is left alone. */
export async function closeServer(server: Pick<Server, 'listening' | 'close' | 'closeAllConnections'>): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
