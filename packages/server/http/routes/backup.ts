import { route } from '../route.ts';

/** A copy of the database on the server's own disk. It holds private keys, so it never leaves the machine this way. */
export const BACKUP_ROUTES = [
  route({
    method: 'POST',
    path: '/api/backup',
    access: 'admin',
    tag: 'Operations',
    summary: "Back up the database to the server's own disk, while it is running",
    answer: { status: 201, schema: 'Backup' },
    handler: ({ services }) => services.backup(),
  }),
];
