import { ApiError, badReply, refusal, unreachable } from './api-error.ts';
import { type Fetch, linesOf, type Reply, textOf } from './fetch.ts';
import { retryDelayMs } from './retry.ts';
import type { Operations } from './types.ts';
import { Ending, wait } from './wait.ts';

/** Starting a streamer takes 30 s at most, a wait for a picture or the controls 60 s. */
const TIMEOUT_MS = 75_000;
const RETRIES = 2;
/** Characters of one line of an answer. */
const LONGEST_LINE = 1_000_000;

export type OperationName = keyof Operations;

/** What an operation has to be given: parameters of the path, the query, the body. */
export type Given<Name extends OperationName> = Part<Operations[Name], 'params'> &
  Part<Operations[Name], 'query'> &
  Part<Operations[Name], 'body'>;

/** Optional if nothing in it is required. */
type Part<O, Key extends string> =
  O extends Record<Key, infer P>
    ? Record<never, never> extends P
      ? { [K in Key]?: P }
      : null extends P
        ? { [K in Key]?: P }
        : { [K in Key]: P }
    : unknown;

export interface CallOptions {
  /** Ends the call, which then rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** How long to wait for an answer, ms; 0: without limit. */
  timeoutMs?: number | undefined;
  /** How often a request is sent again if that does no harm. */
  retries?: number | undefined;
}

export interface ApiOptions {
  /** Of the server, with its path prefix. */
  url: string | URL;
  /** An API token or the shared credentials, or how to get them before each request. Absent in a browser: its login. */
  token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** ms; 0: without limit. */
  timeoutMs?: number;
  /** After failures that may be temporary; of requests that do no harm if they are done twice. */
  retries?: number;
  /** Instead of the global one. */
  fetch?: Fetch;
}

/** The reply to a request that had been done. */
const NOTHING: Reply = { status: 204, headers: { get: () => null }, body: null };

export interface Parts {
  params?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
}

interface Request {
  method: string;
  url: string;
  body: string | undefined;
  headers: Record<string, string>;
}

/** Sends requests, again where that is safe. */
export class Requests {
  /** Without a slash at the end. */
  readonly base: string;
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    const { origin, pathname } = new URL(options.url);
    this.base = origin + pathname.replace(/\/+$/, '');
    this.#options = options;
  }

  /** The JSON of the answer, null if there is none. Throws ApiError. */
  json(name: OperationName, given: Parts, options: CallOptions | undefined): Promise<unknown> {
    return this.send(name, given, options, async (reply) => {
      const text = await textOf(reply);
      if (text === '') return null;
      const value = parsed(text);
      if (value === undefined) throw badReply(this.base, 'did not answer with JSON');
      return value;
    });
  }

  /** What `read` makes of a successful reply. Throws ApiError. */
  async send<T>(
    name: OperationName,
    given: Parts,
    options: CallOptions | undefined,
    read: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    const request = this.#request(name, given);
    const { retries = this.#options.retries ?? RETRIES, timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS } =
      options ?? {};
    let mayBeDone = false;
    for (let attempt = 1; ; attempt++) {
      const ending = new Ending(options?.signal);
      ending.within(timeoutMs);
      try {
        return await this.#attempt(request, ending, read);
      } catch (thrown) {
        const error = asApiError(thrown, options?.signal);
        // An earlier attempt has removed it; only its answer was lost.
        if (mayBeDone && request.method === 'DELETE' && error.status === 404) return await read(NOTHING);
        const delayMs = attempt > retries || ending.isLate ? null : retryDelayMs(request.method, error, attempt);
        if (delayMs === null) throw error;
        mayBeDone ||= error.code === 'SERVER_UNREACHABLE';
        await wait(delayMs, options?.signal);
      } finally {
        ending.release();
      }
    }
  }

  /** Sends it once, and reads the lines of the answer until they or the signal end it. Throws ApiError. */
  async *lines(
    name: OperationName,
    given: Parts,
    options: { ending: Ending; headers?: Record<string, string>; opened?: (reply: Reply) => void },
  ): AsyncGenerator<string> {
    const { ending, headers = {}, opened } = options;
    const request = this.#request(name, given, headers);
    try {
      const reply = await this.#fetch(request, ending);
      opened?.(reply);
      yield* linesOf(reply, LONGEST_LINE);
    } catch (thrown) {
      if (thrown instanceof RangeError) throw badReply(this.base, thrown.message);
      throw this.#failure(thrown, ending);
    }
  }

  async #attempt<T>(request: Request, ending: Ending, read: (reply: Reply) => Promise<T>): Promise<T> {
    try {
      return await read(await this.#fetch(request, ending));
    } catch (thrown) {
      throw this.#failure(thrown, ending);
    }
  }

  async #fetch({ url, method, body, headers }: Request, { signal }: Ending): Promise<Reply> {
    const { token, fetch: ownFetch } = this.#options;
    const secret = typeof token === 'function' ? await token() : token;
    const reply = await (ownFetch ?? (fetch as Fetch))(url, {
      method,
      headers: { ...headers, ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }) },
      ...(body === undefined ? {} : { body }),
      cache: 'no-store',
      signal,
    });
    if (reply.status >= 200 && reply.status < 300) return reply;
    const text = await textOf(reply);
    const { status, headers: answered } = reply;
    throw refusal(this.base, { status, body: parsed(text), retryAfter: answered.get('retry-after') });
  }

  /** What `fetch` or reading has thrown, as an ApiError or the reason of the caller's signal. */
  #failure(thrown: unknown, { signal, isLate }: Ending): unknown {
    if (thrown instanceof ApiError) return thrown;
    if (isLate) return unreachable(this.base, 'no answer in time');
    if (signal.aborted) return signal.reason;
    // Node says "fetch failed", and why in the cause.
    const { cause } = thrown as { cause?: { code?: string; message?: string } };
    const { code, message } = (cause ?? thrown) as { code?: string; message?: string };
    return unreachable(this.base, code ?? message ?? 'no connection', { cause: thrown });
  }

  #request(
    name: OperationName,
    { params = {}, query = {}, body }: Parts,
    headers: Record<string, string> = {},
  ): Request {
    const [method = '', template = ''] = name.split(' ');
    const path = template.replaceAll(/\{(\w+)\}/g, (_all, key: string) => segment(key, params[key]));
    const search = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const text =
      search.length === 0 ? '' : `?${new URLSearchParams(search.map(([key, value]) => [key, String(value)]))}`;
    return {
      method,
      url: this.base + path + text,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  }
}

/** A value as one part of a path. Throws BAD_REQUEST for those that would lead elsewhere. */
function segment(name: string, value: string | number | undefined): string {
  const text = String(value ?? '');
  if (text !== '' && text !== '.' && text !== '..') return encodeURIComponent(text);
  throw new ApiError('BAD_REQUEST', {
    message: `Bad request: ${name} cannot be ${text === '' ? 'empty' : `"${text}"`}`,
    hint: 'Check the request against the API reference.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Throws everything else, and whatever it is once the caller has ended the call. */
function asApiError(thrown: unknown, signal: AbortSignal | undefined): ApiError {
  if (signal?.aborted) throw signal.reason;
  if (thrown instanceof ApiError) return thrown;
  throw thrown;
}
