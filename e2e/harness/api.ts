import type { StreamerInfo } from '@moonshare/contract';

export const CREDENTIALS = 'e2e-credentials';

/** Small and slow enough for two cores with several browsers, wide enough for the squares. */
export const SMALL = { width: 640, height: 360, fps: 15, bitrate: 3000 };

/** The REST API of one server, as an agent platform calls it. */
export class Api {
  readonly url: string;

  /** `url` without a trailing slash. */
  constructor(url: string) {
    this.url = url;
  }

  /** Throws on anything but success. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.#text(method, path, body);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Pairs the first host, which enters the PIN by itself. */
  async pair(): Promise<void> {
    const answer = await this.#text('POST', '/api/pair', { host_id: 0 });
    if (!answer.includes('"Paired"')) throw new Error(`Pairing failed: ${answer}`);
  }

  /** Starts a streamer on the host's first app and waits until its host session is up. */
  async createStreamer(id: string, settings: Record<string, unknown> = SMALL): Promise<StreamerInfo> {
    return this.call('POST', '/api/streamers', await this.request(id, settings));
  }

  /** The same by PUT: desired until it is deleted. */
  async ensureStreamer(id: string, settings: Record<string, unknown> = SMALL): Promise<StreamerInfo> {
    return this.call('PUT', `/api/streamers/${id}`, await this.request(id, settings));
  }

  /** Any request; returns its answer whatever the status. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what to expect.
  async answer(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
    const { status, text } = await this.#send(method, path, body);
    return { status, body: text === '' ? null : JSON.parse(text) };
  }

  streamer(id: string): Promise<StreamerInfo> {
    return this.call('GET', `/api/streamers/${id}`);
  }

  /** The body of `POST /api/streamers` for the host's first app. */
  async request(id: string, settings: Record<string, unknown> = SMALL): Promise<Record<string, unknown>> {
    const { apps } = await this.call<{ apps: { app_id: number }[] }>('GET', '/api/apps?host_id=0');
    return { streamer_id: id, client_unique_id: `e2e-${id}`, host_id: 0, app_id: apps[0]!.app_id, ...settings };
  }

  async #text(method: string, path: string, body?: unknown): Promise<string> {
    const { ok, status, text } = await this.#send(method, path, body);
    if (!ok) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text;
  }

  async #send(method: string, path: string, body?: unknown): Promise<{ ok: boolean; status: number; text: string }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${CREDENTIALS}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { ok: response.ok, status: response.status, text: await response.text() };
  }
}
