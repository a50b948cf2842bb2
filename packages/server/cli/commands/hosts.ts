import type { MoonshareApi } from '@moonshare/api';
import { MoonshareError } from '@moonshare/contract';
import { bracketed } from '@moonshare/gamestream';
import { resolveSettings } from '../../config/load.ts';
import { serverOf } from '../api-client.ts';
import { type Command, UsageError } from '../command.ts';
import { table } from '../table.ts';
import { singleLine } from '../terminal-text.ts';

/** Where Sunshine's own web page is, protocol/1 §2. */
const WEB_PORT_OFFSET = 1;

export const hostCommands: Command[] = [
  {
    name: 'hosts list',
    summary: 'List the hosts that the running server knows.',
    details:
      'Free: how many of the client certificates paired with a host are not used by a streamer; each streamer needs its own.',
    run: async ({ settings, print }) => {
      const server = serverOf(settings.config);
      const { hosts } = await server.listHosts();
      const rows = await Promise.all(
        hosts.map(async ({ host_id, name, paired, server_state }) => {
          const { client_certificates } = await server.pairingInfo(host_id);
          const free = `${client_certificates.free} of ${client_certificates.paired}`;
          return { host_id, name, paired, server_state, client_certificates, free };
        }),
      );
      print(
        { hosts: rows.map(({ free: _, ...host }) => host) },
        table(
          ['Id', 'Name', 'Pairing', 'Free', 'State'],
          rows.map((host) => [String(host.host_id), host.name, host.paired, host.free, host.server_state ?? 'Offline']),
        ),
      );
    },
  },
  {
    name: 'hosts add',
    summary: 'Add a host to the running server; it must be switched on.',
    arguments: ['<address[:port]>'],
    run: async ({ settings, arguments: [address], print }) => {
      const { host } = await addHost(serverOf(settings.config), address!);
      print(
        { host },
        `Added ${singleLine(host.name)} as host ${host.host_id}. moonshare pair ${host.host_id} pairs it.`,
      );
    },
  },
  {
    name: 'hosts remove',
    summary: 'Remove a host and its pairings from the running server.',
    arguments: ['<host id>'],
    run: async ({ settings, arguments: [id], print }) => {
      await serverOf(settings.config).removeHost(hostId(id!));
      print({ removed: hostId(id!) }, `Removed host ${id}.`);
    },
  },
  {
    name: 'pair',
    summary: 'Pair a host with the running server: shows the PIN to enter there and waits until it has been entered.',
    details:
      'An address that the server does not know yet is added first. With --json: two lines, the PIN, then the host.',
    arguments: ['<host id or address[:port]>'],
    run: async ({ settings, arguments: [target], print, signal }) => {
      const server = serverOf(settings.config);
      const id = /^\d+$/.test(target!) ? hostId(target!) : (await addHost(server, target!)).host.host_id;
      const { host } = await server.host(id);
      let pin: string | null = null;
      for await (const line of server.pair(id, { signal })) {
        if (typeof line !== 'object') break;
        if ('Pin' in line) {
          pin = line.Pin;
          const page = `https://${bracketed(host.address)}:${host.http_port + WEB_PORT_OFFSET}/pin`;
          print({ pin }, `Enter ${pin} on the PIN page of your host (Sunshine: ${page})`);
        }
        if ('Paired' in line) {
          print({ host: line.Paired }, `Paired ${singleLine(host.name)}.`);
          return;
        }
      }
      throw await whyNotPaired(server, id, pin !== null);
    },
  },
];

/** The answer's lines do not say. Each pairing that begins shows a PIN: without one, another pairing was in progress. */
async function whyNotPaired(server: MoonshareApi, id: number, begun: boolean): Promise<MoonshareError> {
  if (!begun) return new MoonshareError('PAIRING_IN_PROGRESS');
  const { error } = await server.pairingInfo(id);
  return error === null ? new MoonshareError('PAIRING_CANCELLED') : MoonshareError.fromBody(error);
}

async function addHost(server: MoonshareApi, text: string) {
  const [target] = resolveSettings({ environment: { MOONSHARE_HOSTS: text } }).config.hosts;
  if (target === undefined) throw new UsageError(`"${text}" is not an address`);
  return server.addHost({ address: target.address, http_port: target.httpPort });
}

/** Throws UsageError. */
export function hostId(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`"${text}" is not a host id; see moonshare hosts list`);
  return Number(text);
}
