import { copyFileSync, constants as fs, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MoonshareApi } from '@moonshare/api';
import { type Backup, MoonshareError } from '@moonshare/contract';
import type { Config } from '../../config/settings.ts';
import { backupDatabase, backupInto, restoreDatabase } from '../../store/backup.ts';
import type { Command } from '../command.ts';
import { withDatabase } from '../local-database.ts';

export const databaseCommands: Command[] = [
  {
    name: 'backup',
    summary: 'Back up the database, even while the server is running.',
    details:
      'Without a file it goes into the folder "backups" in the data directory. It contains the keys that hosts accept and the hashes of passwords: guard it as carefully as the data directory.',
    arguments: ['[file]'],
    run: async ({ settings, arguments: [file], print }) => {
      const made = await makeBackup(settings.config, file === undefined ? undefined : resolve(file));
      print(made, `Backed up to ${made.path} (${made.bytes} bytes).`);
    },
  },
  {
    name: 'restore',
    summary: 'Replace the database with a backup, while no server is running.',
    details: 'The backup is checked first. The previous database is kept next to it.',
    arguments: ['<file>'],
    run: async ({ settings, arguments: [file], print }) => {
      const restored = restoreDatabase(settings.config.data, resolve(file!));
      const kept = restored.kept === null ? '' : ` The previous one is kept as ${restored.kept}.`;
      print(restored, `Restored ${restored.path}.${kept}`);
    },
  },
];

function makeBackup(config: Config, file: string | undefined): Promise<Backup> {
  return withDatabase(config, {
    here: (database) => (file === undefined ? backupInto(config.data, database) : backupDatabase(database, file)),
    onServer: (server) => byServer(server, file),
  });
}

/** The server makes the backup in its own data directory; if that is on this machine, it is copied from there. */
async function byServer(server: MoonshareApi, file: string | undefined): Promise<Backup> {
  const made = await server.backUp();
  if (file === undefined) return made;
  try {
    copyFileSync(made.path, file, fs.COPYFILE_EXCL);
  } catch (cause) {
    throw new MoonshareError('BAD_REQUEST', {
      message: `The backup is on the server at ${made.path}, but could not be copied to ${file}`,
      hint: 'Copy it by hand: a backup never overwrites a file, and a server on another machine stores it there.',
      cause,
    });
  }
  return { path: file, bytes: statSync(file).size };
}
