import { MoonshareError } from '@moonshare/contract';
import { ownerOf } from '../../auth/owner.ts';
import { covers } from '../../auth/scopes.ts';
import type { EventLogEntry } from '../../events/event-log.ts';
import { route } from '../route.ts';

/** Monitoring; limited to the streamers that the caller may see. */
export const OPERATIONS_ROUTES = [
  route({
    method: 'GET',
    path: '/api/events',
    access: 'streamers:read',
    tag: 'Operations',
    summary: 'Every change of state as server-sent events; after Last-Event-ID, what was missed, or an event "reset"',
    answer: { status: 200, schema: 'Event', type: 'text/event-stream' },
    errors: ['RATE_LIMITED'],
    head: false,
    handler: ({ services: { accounts, authenticator, events }, caller: { user, scopes }, request, reply }) => {
      const owner = ownerOf(authenticator.address(request), null);
      const leave = events.seats.take({ owner, rank: covers(scopes, 'admin') ? 'admin' : 'watch' });
      reply.raw.once('close', leave);
      const { 'last-event-id': last } = request.headers;
      const lastEventId = Array.isArray(last) ? last[0] : last;
      reply.hijack();
      reply.raw.writeHead(200, {
        ...headersOf(reply.getHeaders()),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        // Otherwise nginx would buffer the events.
        'x-accel-buffering': 'no',
      });
      const isFor = ({ audience }: EventLogEntry) => audience === null || accounts.streamers.isAmong(user, audience);
      events.serve(reply.raw, { lastEventId, isFor });
      return undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/metrics',
    access: 'streamers:read',
    tag: 'Operations',
    summary: 'Metrics in the Prometheus format',
    answer: { status: 200, type: 'text/plain' },
    handler: async ({ services: { accounts, metrics, streamerAuthorizer }, caller, reply }) => {
      const reachesAll = accounts.streamers.reachesAll(caller.user);
      const text = await metrics.text(reachesAll ? undefined : streamerAuthorizer.sees(caller));
      return reply.header('cache-control', 'no-store').type(metrics.contentType).send(text);
    },
  }),
  route({
    method: 'GET',
    path: '/healthz',
    access: 'public',
    tag: 'Operations',
    summary: 'The process is alive',
    answer: { status: 200, schema: 'Status' },
    handler: () => ({ status: 'ok' }),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    access: 'public',
    tag: 'Operations',
    summary: 'The server is ready for requests',
    answer: { status: 200, schema: 'Status' },
    errors: ['NOT_READY', 'SHUTTING_DOWN', 'STORE_UNWRITABLE'],
    handler: ({ services: { readiness } }) => {
      const { store, writable, listening, stopping } = readiness();
      if (stopping) throw new MoonshareError('SHUTTING_DOWN');
      if (!store || !listening) throw new MoonshareError('NOT_READY');
      if (!writable) throw new MoonshareError('STORE_UNWRITABLE');
      return { status: 'ready' };
    },
  }),
];

/** The security headers that were set before the reply was taken over from Fastify. */
function headersOf(headers: Record<string, number | string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
