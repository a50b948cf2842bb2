import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type DetailedHost, MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Host } from '../../hosts/host.ts';
import { route } from '../route.ts';
import { u32Query } from './query.ts';

type PairLine = { Pin: string } | { Paired: DetailedHost } | 'PairError' | 'InternalServerError';

/** Front ends treat one chunk as one line: the two lines must stay apart even if the host enters the PIN by itself. */
const BETWEEN_LINES_MS = 150;

export const PAIR_ROUTES = [
  route({
    method: 'POST',
    path: '/api/pair',
    access: 'hosts:write',
    tag: 'Hosts',
    summary:
      'Pair a host, once more for each further streamer: two lines of JSON, the PIN to enter there, then the outcome; GET /api/pair/{host_id} says why it failed',
    body: 'HostId',
    answer: { status: 200, type: 'application/x-ndjson' },
    errors: ['HOST_NOT_FOUND'],
    // protocol/4 §1: each line is written separately, the second once the PIN has been entered on the host.
    handler: ({ services: { hosts, log }, body: { host_id }, request, reply, note }) => {
      note({ host: host_id });
      const host = hosts.get(host_id);
      // Nothing moves until a person has entered the PIN.
      request.raw.socket.setTimeout(0);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort(new Error('The caller left')));
      const lines = Readable.from(encode(pairLines(host, gone.signal, log)), { objectMode: false });
      return reply
        .header('cache-control', 'no-store, no-transform')
        .header('x-accel-buffering', 'no')
        .type('application/x-ndjson')
        .send(lines);
    },
  }),
  route({
    method: 'GET',
    path: '/api/pair/:host_id',
    access: 'hosts:read',
    tag: 'Hosts',
    summary:
      'The pairing with a host: its client certificates, and the outcome of the last pairing. The host is not contacted',
    params: { host_id: u32Query },
    answer: { status: 200, schema: 'PairingInfo' },
    errors: ['HOST_NOT_FOUND'],
    handler: ({ services: { hosts }, params: { host_id } }) => hosts.get(host_id).pairing,
  }),
];

async function* pairLines(host: Host, signal: AbortSignal, log: Logger): AsyncGenerator<PairLine> {
  try {
    const { pin, paired } = host.pair(signal);
    // Handled here already, because it can fail before the first line is read.
    paired.catch(() => {});
    yield { Pin: pin };
    await delay(BETWEEN_LINES_MS);
    yield { Paired: await paired };
  } catch (cause) {
    const error = MoonshareError.from(cause);
    log.warn({ err: cause, host: host.id, code: error.code }, 'pairing failed');
    yield error.code === 'INTERNAL' && !signal.aborted ? 'InternalServerError' : 'PairError';
  }
}

async function* encode(lines: AsyncIterable<PairLine>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(`${JSON.stringify(line)}\n`);
}
