import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { ApiError, type Fetch, MoonshareApi } from '@moonshare/api';
import { isErrorCode, MoonshareError } from '@moonshare/contract';
import type { Config } from '../config/settings.ts';

// Not imported: as a module it loads undici too, for its WebSocket, 0.04 s of CPU.
const { request: httpRequest } = process.getBuiltinModule('node:http');

/** Starting a streamer takes 30 s at most; pairing, which waits for a person, has no limit here. */
const ANSWER_LIMIT_MS = 45_000;

/**
 * The server that these settings describe, or the one in MOONSHARE_SERVER_URL. `limitMs`: how long its answers may take; `retries`: how often a
 * request is sent again if that does no harm.
 */
export function serverOf(config: Config, { limitMs = ANSWER_LIMIT_MS, retries = 0 } = {}): MoonshareApi {
  const token = config.token ?? config.credentials;
  const options = { token, timeoutMs: limitMs, retries };
  if (config.serverUrl !== undefined)
    return new MoonshareApi({ ...options, url: config.serverUrl, fetch: fetchBy(null) });
  return new MoonshareApi({ ...options, url: localUrl(config), fetch: fetchBy(config.tlsCert ?? null) });
}

/** What a call has thrown, in the words of this program; anything else as it is. */
export function inOurWords(thrown: unknown): unknown {
  if (!(thrown instanceof ApiError)) return thrown;
  const { code, message, hint, details, cause } = thrown;
  if (code === 'SERVER_UNREACHABLE' || code === 'SERVER_BAD_REPLY') {
    return new MoonshareError('SERVER_UNREACHABLE', { message, cause });
  }
  if (code !== 'UNAUTHORIZED') {
    const text = isErrorCode(code) ? message : `${code}: ${message}`;
    return new MoonshareError(isErrorCode(code) ? code : 'INTERNAL', {
      message: text,
      hint,
      cause,
      ...(details && { details }),
    });
  }
  return new MoonshareError('UNAUTHORIZED', {
    message: 'The server rejected these credentials',
    hint: 'Give this command the same MOONSHARE_CREDENTIALS as the server, or an API token in MOONSHARE_TOKEN.',
  });
}

/** Requests by Node's own client: its fetch would have to be loaded. `certificate`: the file of the only one to accept; then no name in it has to match. */
function fetchBy(certificate: string | null): Fetch {
  return async (url, { method, headers, body, signal }) => {
    const secure = url.startsWith('https:');
    const pinned = secure && certificate !== null ? fingerprintOf(certificate) : null;
    const options: RequestOptions = { method, headers, signal };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = secure
      ? httpsRequest(url, { ...options, ...(pinned !== null ? { rejectUnauthorized: false, agent: false } : {}) })
      : httpRequest(url, options);
    sent.once('response', resolve);
    sent.on('error', reject);
    if (pinned === null) sent.end(body);
    else sent.once('socket', (socket) => pin(socket as TLSSocket, pinned, () => sent.end(body)));
    const answer = await promise;
    const header = (name: string) => {
      const value = answer.headers[name];
      return (Array.isArray(value) ? value[0] : value) ?? null;
    };
    return { status: answer.statusCode ?? 0, headers: { get: header }, body: answer };
  };
}

function fingerprintOf(certificate: string): string {
  try {
    return new X509Certificate(readFileSync(certificate)).fingerprint256;
  } catch (cause) {
    throw new MoonshareError('CONFIG_INVALID', { message: `${certificate} is not a readable certificate`, cause });
  }
}

/** The credentials are only sent to the holder of the expected certificate. */
function pin(socket: TLSSocket, expected: string, send: () => void): void {
  socket.once('secureConnect', () => {
    if (socket.getPeerCertificate().fingerprint256 === expected) send();
    else socket.destroy(new Error('its certificate is not the one in MOONSHARE_TLS_CERT'));
  });
}

/** The URL at which a server with these settings is found on its own machine. */
export function localUrl({ bind, port, pathPrefix, tlsCert }: Config): string {
  const any = bind === '0.0.0.0' || bind === '::';
  const name = any ? '127.0.0.1' : bind.includes(':') ? `[${bind}]` : bind;
  return `${tlsCert === undefined ? 'http' : 'https'}://${name}:${port}${pathPrefix}`;
}
