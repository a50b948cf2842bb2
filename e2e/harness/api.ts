import type { StreamerInfo } from '@moonshare/contract';

export const CREDENTIALS = 'e2e-credentials';

/** Small enough for two cores with several browsers, wide enough for the squares. */
export const SMALL = { width: 640, height: 360, fps: 30, bitrate: 3000 };

/** The REST API of one server, as an agent platform calls it. */
export class Api {
  readonly url: string;

  /** `url` without a slash at the end. */
  constructor(url: string) {
    this.url = url;
  }

  /** Throws on anything but success. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.#text(method, path, body);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Pairs the first host, which types the PIN by itself. */
  async pair(): Promise<void> {
    const answer = await this.#text('POST', '/api/pair', { host_id: 0 });
    if (!answer.includes('"Paired"')) throw new Error(`Pairing failed: ${answer}`);
  }

  /** Starts a streamer on the host's first app and waits until its host session is up. */
  async createStreamer(id: string, settings: Record<string, unknown> = SMALL): Promise<StreamerInfo> {
    return this.call('POST', '/api/streamers', await this.#request(id, settings));
  }

  /** The same, wanted until it is deleted. */
  async ensureStreamer(id: string, settings: Record<string, unknown> = SMALL): Promise<StreamerInfo> {
    return this.call('PUT', `/api/streamers/${id}`, await this.#request(id, settings));
  }

  streamer(id: string): Promise<StreamerInfo> {
    return this.call('GET', `/api/streamers/${id}`);
  }

  async #request(id: string, settings: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { apps } = await this.call<{ apps: { app_id: number }[] }>('GET', '/api/apps?host_id=0');
    return { streamer_id: id, client_unique_id: `e2e-${id}`, host_id: 0, app_id: apps[0]!.app_id, ...settings };
  }

  async #text(method: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${CREDENTIALS}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }
}
