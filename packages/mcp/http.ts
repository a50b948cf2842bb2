import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import { type ApiOptions, MoonshareApi } from '@moonshare/api';
import { mcpServer } from './server.ts';
import type { Caller } from './tool.ts';

/** Open at the same time, of all callers; nothing that this server has ever changes, so that clients need none. */
const MAX_SUBSCRIPTIONS = 64;

/** A request of an MCP client. */
interface McpCall {
  request: Request;
  /** JSON, parsed; undefined: none. */
  body: unknown;
  /** How to call the API as whoever sent it. */
  server: ApiOptions;
  /** The client has gone. */
  signal: AbortSignal;
}

/**
 * MCP over Streamable HTTP without sessions: every request stands by itself, of the current revision of the protocol as well as of those
 * before it. It neither authenticates nor checks origins.
 */
export function mcpHttp(options: { failed: (error: Error) => void }): (call: McpCall) => Promise<Response> {
  const handler = createMcpHandler(({ authInfo }) => mcpServer(callerOf(authInfo)), {
    maxSubscriptions: MAX_SUBSCRIPTIONS,
    onerror: options.failed,
  });
  return ({ request, body, server, signal }) => {
    const caller: Caller = { api: new MoonshareApi(server), participant: undefined, signal };
    const authInfo: AuthInfo = { token: '', clientId: '', scopes: [], extra: { caller } };
    return handler.fetch(request, { authInfo, ...(body === undefined ? {} : { parsedBody: body }) });
  };
}

function callerOf(authInfo: AuthInfo | undefined): Caller {
  const caller = authInfo?.extra?.caller;
  if (caller === undefined) throw new TypeError('A request of nobody');
  return caller as Caller;
}
