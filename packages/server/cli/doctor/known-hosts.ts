import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MoonshareApi } from '@moonshare/api';
import { MoonshareError } from '@moonshare/contract';
import type { Config } from '../../config/settings.ts';
import { CertificateStore } from '../../store/certificate-store.ts';
import { openDatabase } from '../../store/database.ts';
import { HostStore } from '../../store/host-store.ts';
import { serverOf } from '../api-client.ts';
import type { KnownHost } from './check-host.ts';

/** `hidden`: it has the database open, but does not answer where these settings say. */
export type ServerState = 'none' | 'runs' | 'refuses' | 'hidden';

/** The hosts in the database, or those of the server that has it open, plus those in the settings. */
export async function knownHosts(
  config: Config,
  limitMs: number,
): Promise<{ hosts: KnownHost[]; server: ServerState }> {
  const { known, server } = await ask(config, limitMs);
  const configured = config.hosts.map((host) => ({ ...host, pairing: null, certificates: null }));
  const isKnown = (host: KnownHost) =>
    known.some(({ address, httpPort }) => address === host.address && httpPort === host.httpPort);
  return { hosts: [...known, ...configured.filter((host) => !isKnown(host))], server };
}

async function ask(config: Config, limitMs: number): Promise<{ known: KnownHost[]; server: ServerState }> {
  try {
    return { known: await ofServer(serverOf(config, { limitMs })), server: 'runs' };
  } catch (error) {
    const { code } = MoonshareError.from(error);
    if (code === 'UNAUTHORIZED' || code === 'FORBIDDEN') return { known: [], server: 'refuses' };
    return ofStore(config);
  }
}

async function ofServer(server: MoonshareApi): Promise<KnownHost[]> {
  const { hosts } = await server.listHosts();
  return Promise.all(
    hosts.map(async ({ host_id }) => {
      const { address, http_port: httpPort } = (await server.host(host_id, true)).host;
      const { client_certificates: certificates } = await server.pairingInfo(host_id);
      return { address, httpPort, pairing: null, certificates };
    }),
  );
}

/** Creates nothing if there is no database yet. */
function ofStore({ data }: Config): { known: KnownHost[]; server: ServerState } {
  if (!existsSync(join(data, 'moonshare.db'))) return { known: [], server: 'none' };
  let database: ReturnType<typeof openDatabase>;
  try {
    database = openDatabase(data);
  } catch (error) {
    if (MoonshareError.from(error).code === 'DATA_IN_USE') return { known: [], server: 'hidden' };
    throw error;
  }
  try {
    const certificates = new CertificateStore(database);
    const known = new HostStore(database).list().map(({ id, address, httpPort, certificate }) => {
      const identities = certificates.list(id).map(({ identity }) => identity);
      const pairing = certificate === null || identities.length === 0 ? null : { identities, certificate };
      return { address, httpPort, pairing, certificates: null };
    });
    return { known, server: 'none' };
  } finally {
    database.close();
  }
}
