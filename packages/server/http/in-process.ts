import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import inject from 'light-my-request';

/** Headers of a request that are about its own body and connection, not about who sends it. */
const OWN =
  /^(accept|connection|content-|expect$|if-|keep-alive$|mcp-|range$|te$|trailer$|transfer-encoding$|upgrade$)/;

/** The part of `fetch` that is needed; names of headers in lower case. */
export type InProcessFetch = (
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<Response>;

/**
 * Calls routes of this server for whoever sent `outer`, as `fetch` would over the network: with the same rights, address and limits, through
 * the same checks. Its URLs start with `IN_PROCESS`.
 */
export function inProcessFetch(app: FastifyInstance, outer: FastifyRequest): InProcessFetch {
  return async (url, { method, headers = {}, body, signal }) => {
    signal?.throwIfAborted();
    const { pathname, search } = new URL(url);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const answered = inject(
      (request, response) => {
        Object.assign(request, { socket: sharedSocket(outer.raw.socket) });
        const abort = () => {
          reject(signal?.reason);
          response.destroy();
        };
        signal?.addEventListener('abort', abort, { once: true });
        response.once('close', () => signal?.removeEventListener('abort', abort));
        app.routing(request, response);
      },
      {
        method: method as 'GET',
        url: pathname + search,
        headers: { ...identifying(outer), ...headers },
        ...(body === undefined ? {} : { payload: body }),
      },
    );
    const { statusCode: status, headers: told, rawPayload } = await Promise.race([answered, aborted]);
    const known = Object.entries(told).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const isEmpty = status === 204 || status === 304;
    return new Response(isEmpty ? null : new Uint8Array(rawPayload), { status, headers: known });
  };
}

/** What requests of `inProcessFetch` are addressed to. */
export const IN_PROCESS = 'http://in-process';

function identifying({ headers }: FastifyRequest): Record<string, string | string[]> {
  const all = Object.entries(headers).filter(([name, value]) => value !== undefined && !OWN.test(name));
  return Object.fromEntries(all) as Record<string, string | string[]>;
}

/** The connection of the outer request: it tells where that came from, and ends with it, but is not used or counted again. */
function sharedSocket(socket: Socket): Socket {
  return Object.create(socket, {
    // Connections are known by their address and port.
    remotePort: { value: undefined },
    timeout: { value: 0 },
    setTimeout: { value: () => {} },
    destroy: { value: () => socket.destroy() },
  });
}
