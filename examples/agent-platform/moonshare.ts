/** The few Moonshare API calls that an agent platform needs. No dependencies: copy it. */

/** An event of `GET /api/events`; the other fields depend on the type. */
export interface MoonshareEvent {
  type: string;
  streamer_id?: string;
  peer_id?: string;
  viewers?: number;
}

export class Moonshare {
  readonly #url: string;
  readonly #credentials: string;

  constructor(url: string, credentials: string) {
    this.#url = url;
    this.#credentials = credentials;
  }

  /** JSON both ways. Throws an Error with the server's message, code and hint. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Every change of state from now on, until `signal` aborts. A broken connection is resumed where it left off. */
  async *events(signal: AbortSignal): AsyncGenerator<MoonshareEvent> {
    let lastId = '';
    while (!signal.aborted) {
      try {
        const response = await this.#fetch('/api/events', { signal, headers: { 'last-event-id': lastId } });
        for await (const { id, data } of eventsOf(response)) {
          lastId = id || lastId;
          yield JSON.parse(data);
        }
      } catch (error) {
        if (signal.aborted) return;
        console.error(`events: ${error}; connecting again`);
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#credentials}`, ...init.headers };
    const response = await fetch(this.#url + path, { ...init, headers });
    if (response.ok) return response;
    const { error, code, hint } = (await response.json()) as { error: string; code: string; hint: string };
    throw new Error(`${code}: ${error}. ${hint}`);
  }
}

/** Server-sent events: lines of `field: value`, an empty line after each event. */
async function* eventsOf(response: Response): AsyncGenerator<{ id: string; data: string }> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      if (field('data') !== '') yield { id: field('id'), data: field('data') };
    }
  }
}
