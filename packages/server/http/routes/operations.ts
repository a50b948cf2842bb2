import { MoonshareError } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import type { Accounts } from '../../accounts/index.ts';
import { covers, ownerOf } from '../../auth/index.ts';
import type { EventLogEntry, EventStream } from '../../events/index.ts';
import { Seats } from '../../limits/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { Authenticator } from '../authenticator.ts';
import type { StreamerAuthorizer } from '../streamer-authorizer.ts';

const MAX_FOLLOWERS = 100;

/** What must hold for a server that takes requests. */
export interface Readiness {
  /** The database is open. */
  store: boolean;
  /** The database takes what is written. */
  writable: boolean;
  listening: boolean;
  stopping: boolean;
}

/** For whoever watches the process: alive, and ready for work. Open to all, they tell nothing else. */
export function healthRoutes(app: FastifyInstance, readiness: () => Readiness): void {
  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async () => {
    const { store, writable, listening, stopping } = readiness();
    if (stopping) throw new MoonshareError('SHUTTING_DOWN');
    if (!store || !listening) throw new MoonshareError('NOT_READY');
    if (!writable) throw new MoonshareError('STORE_UNWRITABLE');
    return { status: 'ready' };
  });
}

/** To see what goes on. Behind credentials, and of streamers what whoever asks may see. */
export function operationsRoutes(
  app: FastifyInstance,
  o: {
    metrics: Metrics;
    events: EventStream;
    authenticator: Authenticator;
    accounts: Accounts;
    streamerAuthorizer: StreamerAuthorizer;
  },
): void {
  const { streamers } = o.accounts;
  const seats = new Seats(MAX_FOLLOWERS, { code: 'RATE_LIMITED', limit: 'events', of: 'clients follow the events' });

  app.get('/metrics', async (request, reply) => {
    const reachesAll = streamers.reachesAll(o.streamerAuthorizer.caller(request).user);
    const text = await o.metrics.text(reachesAll ? undefined : o.streamerAuthorizer.sees(request));
    return reply.header('cache-control', 'no-store').type(o.metrics.contentType).send(text);
  });

  // A HEAD would be a stream without an end.
  app.get('/api/events', { exposeHeadRoute: false }, (request, reply) => {
    const { user, scopes } = o.streamerAuthorizer.caller(request);
    const owner = ownerOf(o.authenticator.address(request), null);
    const leave = seats.take({ owner, rank: covers(scopes, 'admin') ? 'admin' : 'watch' });
    reply.raw.once('close', leave);
    const { 'last-event-id': last } = request.headers;
    const lastEventId = Array.isArray(last) ? last[0] : last;
    reply.hijack();
    reply.raw.writeHead(200, {
      ...headersOf(reply.getHeaders()),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would keep the events back.
      'x-accel-buffering': 'no',
    });
    const isFor = ({ audience }: EventLogEntry) => audience === null || streamers.isAmong(user, audience);
    o.events.serve(reply.raw, { lastEventId, isFor });
  });
}

/** The security headers that were set before the answer was taken out of Fastify's hands. */
function headersOf(headers: Record<string, number | string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
