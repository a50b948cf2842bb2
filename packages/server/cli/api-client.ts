import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { errorBodySchema, MoonshareError, parseJson } from '@moonshare/contract';
import type { Config } from '../config/settings.ts';

// Not imported: as a module it loads undici too, for its WebSocket, 0.04 s of CPU.
const { request: httpRequest } = process.getBuiltinModule('node:http');

/** Starting a streamer takes 30 s at most; pairing, which waits for a person, has no limit here. */
const SILENCE_LIMIT_MS = 45_000;

interface Target {
  url: string;
  token: string | undefined;
  /** The server's own certificate, if we share its settings: then no name in it has to match. */
  certificate?: string | undefined;
}

/** A running server, called over REST like any other client. */
export class ApiClient {
  readonly #target: Target;
  readonly #limitMs: number;

  /** `limitMs`: how long the server may stay silent. */
  constructor(target: Target, limitMs = SILENCE_LIMIT_MS) {
    this.#target = target;
    this.#limitMs = limitMs;
  }

  /** The server that these settings describe, or the one in MOONSHARE_SERVER_URL. */
  static of(config: Config, limitMs = SILENCE_LIMIT_MS): ApiClient {
    const token = config.token ?? config.credentials;
    if (config.serverUrl !== undefined) return new ApiClient({ url: config.serverUrl, token }, limitMs);
    return new ApiClient({ url: localUrl(config), token, certificate: config.tlsCert }, limitMs);
  }

  get url(): string {
    return this.#target.url;
  }

  /** The JSON of the answer, null if there is none. Throws SERVER_UNREACHABLE and whatever error the server answers with. */
  // biome-ignore lint/suspicious/noExplicitAny: the server is ours, and its answers are shown, not trusted.
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.#send(method, path, body, this.#limitMs);
    return this.#parse(await text(answer).catch((cause) => Promise.reject(this.#unreachable(cause))));
  }

  /** The lines of an answer as they arrive. */
  async *lines(method: string, path: string, body: unknown, signal: AbortSignal): AsyncGenerator<unknown> {
    const answer = await this.#send(method, path, body, 0, signal);
    for await (const line of createInterface(answer)) yield this.#parse(line);
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(this.#target.url + path);
    const { token } = this.#target;
    const secure = url.protocol === 'https:';
    const options: RequestOptions = {
      method,
      timeout,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    const pinned = secure ? this.#expected() : null;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = secure
      ? httpsRequest(url, { ...options, ...(pinned !== null ? { rejectUnauthorized: false, agent: false } : {}) })
      : httpRequest(url, options);
    sent.once('response', resolve);
    sent.once('error', (cause) => reject(this.#unreachable(cause)));
    sent.once('timeout', () => sent.destroy(new Error('no answer')));
    if (pinned === null) sent.end(encode(body));
    else sent.once('socket', (socket) => pin(socket as TLSSocket, pinned, () => sent.end(encode(body))));
    const answer = await promise;
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw this.#refusal(status, await text(answer).catch(() => ''));
  }

  /** The fingerprint of the certificate in the settings. */
  #expected(): string | null {
    const { certificate } = this.#target;
    if (certificate === undefined) return null;
    try {
      return new X509Certificate(readFileSync(certificate)).fingerprint256;
    } catch (cause) {
      throw new MoonshareError('CONFIG_INVALID', {
        message: `${certificate} is not a readable certificate`,
        cause,
      });
    }
  }

  #refusal(status: number, body: string): MoonshareError {
    const known = errorBodySchema.safeParse(parseJson(body));
    if (!known.success) return this.#notOurs(`answered ${status}`);
    const error = MoonshareError.fromBody(known.data);
    if (error.code !== 'UNAUTHORIZED') return error;
    return new MoonshareError('UNAUTHORIZED', {
      message: `The server at ${this.url} rejected these credentials`,
      hint: 'Give this command the same MOONSHARE_CREDENTIALS as the server, or an API token in MOONSHARE_TOKEN.',
    });
  }

  #parse(line: string): unknown {
    if (line === '') return null;
    const value = parseJson(line);
    if (value === undefined) throw this.#notOurs('did not answer with JSON');
    return value;
  }

  #notOurs(what: string): MoonshareError {
    return new MoonshareError('SERVER_UNREACHABLE', { message: `${this.url} is not a Moonshare server: it ${what}` });
  }

  #unreachable(cause: unknown): MoonshareError {
    const { code, message } = cause as { code?: string; message?: string };
    return new MoonshareError('SERVER_UNREACHABLE', {
      message: `No Moonshare server answers at ${this.url} (${code ?? message})`,
      cause,
    });
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

function encode(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}
