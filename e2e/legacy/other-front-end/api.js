import config from './config.js';

const TIMEOUT_MS = 6000;

/** protocol/4 §1 as pages of that time call it: Bearer from the session storage, 6 s for everything but pairing. */
export class Api {
  prefix = config.path_prefix;

  get credentials() {
    return sessionStorage.getItem('credentials');
  }

  async login(credentials) {
    sessionStorage.setItem('credentials', credentials);
    const { status } = await this.#fetch('GET', '/authenticate');
    return status;
  }

  hosts = async () => (await this.#json('GET', '/hosts')).hosts;
  host = async (query) => (await this.#json('GET', `/host?${new URLSearchParams(query)}`)).host;
  addHost = async (address, http_port) => (await this.#json('PUT', '/host', { address, http_port })).host;
  removeHost = async (host_id) => (await this.#fetch('DELETE', `/host?host_id=${host_id}`)).status;
  wake = async (host_id) => (await this.#fetch('POST', '/host/wake', { host_id })).status;
  cancel = async (host_id) => (await this.#json('POST', '/host/cancel', { host_id })).success;
  apps = async (host_id) => (await this.#json('GET', `/apps?host_id=${host_id}`)).apps;

  async image(host_id, app_id) {
    const response = await this.#fetch('GET', `/app/image?host_id=${host_id}&app_id=${app_id}&force_refresh=false`);
    if (response.status !== 200) return response.status;
    const picture = await createImageBitmap(await response.blob());
    return [response.headers.get('content-type'), picture.width > 0];
  }

  /** The first chunk is the first line, the second chunk the second, and then the stream ends. */
  async pair(host_id, showPin) {
    const response = await this.#fetch('POST', '/pair', { host_id }, null);
    const reader = response.body.getReader();
    const line = async () => JSON.parse(new TextDecoder().decode((await reader.read()).value));
    const first = await line();
    if (typeof first === 'string') return first;
    showPin(first.Pin);
    const second = await line();
    return { second, isEnd: (await reader.read()).done };
  }

  async #json(method, path, body) {
    const response = await this.#fetch(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }

  #fetch(method, path, body, timeout = TIMEOUT_MS) {
    const headers = { Authorization: `Bearer ${this.credentials}`, 'Content-Type': 'application/json' };
    const signal = timeout === null ? undefined : AbortSignal.timeout(timeout);
    return fetch(`${this.prefix}/api${path}`, { method, headers, signal, body: body && JSON.stringify(body) });
  }
}
