import { lookup } from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** For all of it: the name, the connection, TLS, and the status line. */
const LIMIT_MS = 10_000;
/** Of an answer, which nobody reads; a longer one is cut off. */
const MAX_ANSWER_BYTES = 1024;

export interface PostOptions {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Also to this machine and its networks. */
  allowsPrivate: boolean;
  limitMs?: number;
}

/** What came of it. `status` null: no answer. `error` null: it was accepted. */
export interface PostResult {
  status: number | null;
  error: string | null;
}

/** Sends one request and looks at nothing but the status. Follows no redirects. Never rejects. */
export async function post(options: PostOptions): Promise<PostResult> {
  const signal = AbortSignal.timeout(options.limitMs ?? LIMIT_MS);
  try {
    const address = await addressOf(options, signal);
    if (address === null) return { status: null, error: 'the address is not a public one' };
    const status = await request(options, address, signal);
    return { status, error: status >= 200 && status < 300 ? null : reasonOf(status) };
  } catch (cause) {
    if (signal.aborted) return { status: null, error: 'no answer in time' };
    return { status: null, error: cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed' };
  }
}

function reasonOf(status: number): string {
  return status >= 300 && status < 400 ? `redirects are not followed (${status})` : `answered ${status}`;
}

/** Looked up once: the connection goes to the address that was checked. null: there is none that is allowed. */
async function addressOf({ url, allowsPrivate }: PostOptions, signal: AbortSignal): Promise<string | null> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const found = await Promise.race([lookup(hostnameOf(url), { all: true }), late]);
    return found.find(({ address }) => allowsPrivate || isPublicAddress(address))?.address ?? null;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Without the brackets of an IPv6 address. */
export function hostnameOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function request({ url, headers, body }: PostOptions, address: string, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const name = hostnameOf(url);
  const isSecure = url.protocol === 'https:';
  const sent = (isSecure ? https : http).request({
    host: address,
    port: url.port || (isSecure ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    method: 'POST',
    agent: false,
    signal,
    maxHeaderSize: 16 * 1024,
    // The certificate has to be that of the name, not of the address.
    ...(isSecure && isIP(name) === 0 && { servername: name }),
    headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
  });
  // Later ones are of the rest of an answer that nobody needs.
  sent.on('error', reject);
  sent.on('response', (answer) => {
    let bytes = 0;
    answer.on('error', () => {});
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) answer.destroy();
    });
    resolve(answer.statusCode ?? 0);
  });
  sent.end(body);
  return promise;
}
