import type { Backup } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';

/** `POST /api/backup`: a copy of the database on the server's own disk. It holds private keys, so it never leaves the machine this way. */
export function backupRoute(app: FastifyInstance, backup: () => Promise<Backup>): void {
  app.post('/api/backup', async (_request, reply) => reply.code(201).send(await backup()));
}
