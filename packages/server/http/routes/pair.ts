import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type DetailedHost, hostIdSchema, MoonshareError } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Host, HostRegistry } from '../../hosts/index.ts';
import { parse } from '../errors.ts';
import { u32Query } from './query.ts';

type PairLine = { Pin: string } | { Paired: DetailedHost } | 'PairError' | 'InternalServerError';

/** Front ends take one chunk for one line: a host that types the PIN by itself must not make one of both. */
const BETWEEN_LINES_MS = 150;

const hostParams = z.object({ host_id: u32Query });

/** `GET /api/pair/{host_id}`: what is known of a pairing. `POST /api/pair`, protocol/4 §1: two JSON lines, each written alone, the second when the PIN was typed at the host. */
export function pairRoutes(app: FastifyInstance, hosts: HostRegistry, log: Logger): void {
  app.get('/api/pair/:host_id', async (request) => hosts.get(parse(hostParams, request.params).host_id).pairing);

  app.post('/api/pair', async (request, reply) => {
    const host = hosts.get(parse(hostIdSchema, request.body).host_id);
    // Nothing moves while a person types the PIN.
    request.raw.socket.setTimeout(0);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort(new Error('The caller left')));
    const lines = Readable.from(encode(pairLines(host, gone.signal, log)), { objectMode: false });
    return reply
      .header('cache-control', 'no-store, no-transform')
      .header('x-accel-buffering', 'no')
      .type('application/x-ndjson')
      .send(lines);
  });
}

async function* pairLines(host: Host, signal: AbortSignal, log: Logger): AsyncGenerator<PairLine> {
  try {
    const { pin, paired } = host.pair(signal);
    // Handled here already: it can fail before the first line is read.
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
