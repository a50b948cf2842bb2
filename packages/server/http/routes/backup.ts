import { route } from '../route.ts';

/** Copies the database on the server's own disk. It contains private keys, so it never leaves the machine this way. */
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
