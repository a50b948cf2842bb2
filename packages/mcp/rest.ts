import { errorBodySchema, MoonshareError, parseJson } from '@moonshare/contract';

export interface RestOptions {
  /** Of the server, with its path prefix and without a trailing slash. */
  url: string;
  /** An API token or the shared credentials; undefined: `fetch` adds what it takes. */
  token?: string | undefined;
  fetch?: typeof fetch;
}

export interface RestRequest {
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  signal: AbortSignal;
}

/** The API of a server. */
export class Rest {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** The JSON of the answer, null if there is none. Throws SERVER_UNREACHABLE and whatever error the server answers with. */
  // biome-ignore lint/suspicious/noExplicitAny: the server is ours, and its answers are passed on, not trusted.
  async json(method: string, path: string, request: RestRequest): Promise<any> {
    const answer = await this.send(method, path, request);
    const text = await answer.text().catch((cause) => Promise.reject(this.#unreachable(cause)));
    if (text === '') return null;
    const value = parseJson(text);
    if (value === undefined) throw this.#notOurs('did not answer with JSON');
    return value;
  }

  /** An answer of a status that means success. Throws the same. */
  async send(method: string, path: string, { query = {}, body, signal }: RestRequest): Promise<Response> {
    const { url, token, fetch: send = fetch } = this.#options;
    const target = new URL(url + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const init = { method, headers, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await send(target, init).catch((cause) => Promise.reject(this.#unreachable(cause)));
    if (answer.ok) return answer;
    const refusal = errorBodySchema.safeParse(parseJson(await answer.text().catch(() => '')));
    throw refusal.success ? MoonshareError.fromBody(refusal.data) : this.#notOurs(`answered ${answer.status}`);
  }

  #notOurs(what: string): MoonshareError {
    return new MoonshareError('SERVER_UNREACHABLE', {
      message: `${this.#options.url} is not a Moonshare server: it ${what}`,
    });
  }

  #unreachable(thrown: unknown): MoonshareError {
    const { cause = thrown } = thrown as { cause?: unknown };
    const { code, message } = cause as { code?: string; message?: string };
    return new MoonshareError('SERVER_UNREACHABLE', {
      message: `No Moonshare server answers at ${this.#options.url} (${code ?? message})`,
      cause: thrown,
    });
  }
}
