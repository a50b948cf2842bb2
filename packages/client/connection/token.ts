import { type PeerToken, readErrorBody, readPeerToken } from '@moonshare/contract/browser';
import { type Problem, problem, problemFromBody } from '../problem.ts';

export type TokenResult = { token: PeerToken } | { problem: Problem };

/**
 * What your own server says this person may use: the token of a link, or the answer to its `POST /api/streamers/{id}/token`, which is used as
 * it is. If it rejects, the connection tries again.
 */
export type TokenProvider = () => Promise<string | PeerToken>;

/** Asks it. An answer of Moonshare's that refuses is understood too, since a provider may hand over whatever its server was answered. */
export async function askProvider(provider: TokenProvider): Promise<TokenResult | { linkToken: string }> {
  let answer: unknown;
  try {
    answer = await provider();
  } catch {
    return { problem: problem('TOKEN_UNAVAILABLE') };
  }
  if (typeof answer === 'string' && answer !== '') return { linkToken: answer };
  const token = readPeerToken(answer);
  if (token !== null) return { token };
  const refusal = readErrorBody(answer);
  return { problem: refusal === null ? problem('TOKEN_UNAVAILABLE') : problemFromBody(refusal) };
}

/**
 * `POST {base}api/streamers/{id}/token`: exchanges the link's token for a short-lived one for the socket's query.
 * Without `linkToken` the request has no credentials, for servers behind a proxy that adds them.
 */
export async function exchangeToken(options: {
  base: URL;
  streamerId: string;
  linkToken: string | null;
  /** What the person typed, for a link that needs one. */
  pin: string | null;
  signal: AbortSignal;
}): Promise<TokenResult> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL(`api/streamers/${encodeURIComponent(options.streamerId)}/token`, options.base), {
      method: 'POST',
      headers: options.linkToken === null ? {} : { authorization: `Bearer ${options.linkToken}` },
      ...(options.pin === null ? {} : { body: JSON.stringify({ pin: options.pin }) }),
      signal: options.signal,
      cache: 'no-store',
    });
    body = await response.json().catch(() => null);
  } catch {
    return { problem: problem((await refusesThisPage(options)) ? 'ORIGIN_REFUSED' : 'SERVER_UNREACHABLE') };
  }
  if (response.ok) {
    const token = readPeerToken(body);
    return token === null ? { problem: problem('SERVER_BAD_REPLY') } : { token };
  }
  const error = readErrorBody(body);
  if (error !== null) return { problem: problemFromBody(error) };
  // Not an answer of ours: a proxy in front of a server that is down, or something else entirely.
  return { problem: problem(response.status >= 500 ? 'SERVER_UNREACHABLE' : 'SERVER_BAD_REPLY') };
}

/** Browsers do not tell a page whether a server of another origin is dead or refuses it; but anyone may ask whether it is up. */
async function refusesThisPage({ base, signal }: { base: URL; signal: AbortSignal }): Promise<boolean> {
  if (signal.aborted || globalThis.location === undefined || base.origin === location.origin) return false;
  const up = fetch(new URL('healthz', base), { mode: 'no-cors', cache: 'no-store', signal });
  return up.then(
    () => true,
    () => false,
  );
}
