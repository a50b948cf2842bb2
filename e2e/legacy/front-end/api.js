import config from './config.js';

/** The legacy REST calls, protocol/4 §1. */
export class Api {
  constructor(credentials) {
    this.credentials = credentials;
  }

  async authenticate() {
    return (await this.#fetch('/authenticate')).status;
  }

  async hosts() {
    return (await this.#json('/hosts')).hosts;
  }

  async addHost(address, http_port) {
    return (await this.#json('/host', { method: 'PUT', body: { address, http_port } })).host;
  }

  /** Each chunk is one line. */
  async *pair(host_id) {
    const response = await this.#fetch('/pair', { method: 'POST', body: { host_id } });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield JSON.parse(chunk.value);
  }

  async apps(hostId) {
    return (await this.#json(`/apps?host_id=${hostId}&force_refresh=false`)).apps;
  }

  async image(hostId, appId) {
    return (await this.#fetch(`/app/image?host_id=${hostId}&app_id=${appId}&force_refresh=false`)).blob();
  }

  socketUrl() {
    const { protocol, host } = window.location;
    return `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}${config.path_prefix}/api/host/stream`;
  }

  async #json(path, request) {
    const response = await this.#fetch(path, request);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  #fetch(path, { method = 'GET', body } = {}) {
    const headers = { Authorization: `Bearer ${this.credentials}`, 'Content-Type': 'application/json' };
    return fetch(`${config.path_prefix}/api${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
