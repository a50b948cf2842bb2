import type { DatabaseSync } from 'node:sqlite';
import type { MoonshareApi } from '@moonshare/api';
import { MoonshareError } from '@moonshare/contract';
import type { Config } from '../config/settings.ts';
import { openDatabase } from '../store/database.ts';
import { serverOf } from './api-client.ts';

/** Works on the database itself, which anyone who may read its directory may change, or through the server that has it open. */
export async function withDatabase<T>(
  config: Config,
  work: { here(database: DatabaseSync): Promise<T>; onServer(server: MoonshareApi): Promise<T> },
): Promise<T> {
  if (config.serverUrl !== undefined) return work.onServer(serverOf(config));
  let database: DatabaseSync;
  try {
    database = openDatabase(config.data);
  } catch (error) {
    if (MoonshareError.from(error).code !== 'DATA_IN_USE') throw error;
    return work.onServer(serverOf(config));
  }
  try {
    return await work.here(database);
  } finally {
    database.close();
  }
}
