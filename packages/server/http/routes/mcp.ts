import { MAX_ACTIONS_BYTES, MoonshareError } from '@moonshare/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { originAllowed } from '../../auth/origin.ts';
import type { ApiServices } from '../api-services.ts';
import type { Caller } from '../authenticator.ts';
import { IN_PROCESS, inProcessFetch } from '../in-process.ts';
import { McpRequests } from '../mcp-requests.ts';
import { type Route, route } from '../route.ts';

/** Messages of one request, which clients of 2025-03-26 may send as an array. */
const MAX_BATCH = 16;

interface Options {
  allowedOrigins: readonly string[];
  publicUrl: string | undefined;
  log: Logger;
}

/** The API as an MCP server, over Streamable HTTP. GET and DELETE belong to sessions, which it does not have. */
export function mcpRoutes(app: FastifyInstance, options: Options): Route[] {
  const requests = new McpRequests();
  const speak = loadedOnce(app, options.log);
  const answer = async (request: FastifyRequest, reply: FastifyReply, caller: Caller, services: ApiServices) => {
    checkOrigin(request, services, options);
    const { body } = request;
    if (Array.isArray(body) && body.length > MAX_BATCH) {
      throw new MoonshareError('BAD_REQUEST', { message: `Bad request: more than ${MAX_BATCH} messages` });
    }
    reply.raw.once('close', requests.enter(caller));
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    // A call may take longer than a connection may be idle.
    const { socket } = request.raw;
    const { timeout: idleMs = 0 } = socket;
    socket.setTimeout(0);
    reply.raw.once('close', () => socket.setTimeout(idleMs));
    const send = await speak();
    return reply.send(await send(request, services.pathPrefix, gone.signal));
  };
  const common = { path: '/mcp', access: 'authenticated', tag: 'Operations', head: false } as const;
  const success = { status: 200, type: 'application/json' } as const;
  const summary = 'The API as an MCP server';
  return (['POST', 'GET', 'DELETE'] as const).map((method) =>
    route({
      ...common,
      method,
      // The calls of one agent, whose deeds have records of their own.
      ...(method === 'GET' ? {} : { audit: 'summed' as const }),
      summary,
      answer: success,
      bodyLimit: MAX_ACTIONS_BYTES,
      handler: ({ request, reply, caller, services }) => answer(request, reply, caller, services),
    }),
  );
}

/** Most servers never need the SDK, which takes a while to load. */
function loadedOnce(app: FastifyInstance, log: Logger) {
  const load = async () =>
    (await import('@moonshare/mcp')).mcpHttp({ failed: (err) => log.debug({ err }, 'MCP request') });
  let loading: ReturnType<typeof load> | null = null;
  return async () => {
    loading ??= load();
    const speak = await loading;
    return (request: FastifyRequest, pathPrefix: string, signal: AbortSignal) =>
      speak({
        request: webRequest(request, signal),
        body: request.body,
        // What fails here does not get better by being repeated, and the routes have limits of their own.
        server: { url: IN_PROCESS + pathPrefix, fetch: inProcessFetch(app, request), retries: 0, timeoutMs: 0 },
        signal,
      });
  };
}

/** Without its body, which is parsed already. */
function webRequest({ method, url, headers }: FastifyRequest, signal: AbortSignal): Request {
  const told = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new Request(IN_PROCESS + url, { method, headers: told, signal });
}

/**
 * Stricter than the rest of the API, as the protocol asks for: also with a Bearer header, a page must be ours or of an origin that the operator
 * allows, and ours only under a name that is this server's.
 */
function checkOrigin(request: FastifyRequest, { ownNames }: ApiServices, { allowedOrigins, publicUrl }: Options): void {
  const { origin, host } = request.headers;
  const allowed = publicUrl === undefined ? allowedOrigins : [...allowedOrigins, publicUrl];
  if (originAllowed(origin, ownNames.of(host) ?? undefined, allowed)) return;
  throw new MoonshareError('FORBIDDEN', {
    message: 'MCP requests from this web origin are not allowed',
    hint: 'Add it to MOONSHARE_ALLOWED_ORIGINS.',
  });
}
