import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import type { ClientSignal, ServerSignal } from '@moonshare/contract';
import { type WebSocket, WebSocketServer } from 'ws';

const DIST = new URL('../../packages/web/dist/', import.meta.url);
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'self'",
].join('; ');

/** How the scripted server behaves; may change while it runs. */
export interface Script {
  /** The answer to the token request; null: none. */
  token: { status: number; body: unknown } | null;
  /** Called when a peer has joined. */
  join(peer: ScriptedPeer): void;
}

export interface ScriptedPeer {
  send(signal: ServerSignal): void;
  close(code?: number, reason?: string): void;
  received: ClientSignal[];
  /** Called for each message, after it was added to `received`. */
  onSignal: (signal: ClientSignal) => void;
}

/** The pages under a path prefix and a strict content policy, with a peer socket that sends what a test wants. */
export class ScriptedServer {
  static readonly GRANTED = {
    status: 200,
    body: { token: 'short', expires_at: '2030-01-01T00:00:00Z', role: 'full' },
  };

  readonly script: Script = { token: ScriptedServer.GRANTED, join: () => undefined };
  readonly requests: string[] = [];
  readonly #http = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });
  #port = 0;

  constructor() {
    this.#http.on('upgrade', (request, socket, head) => {
      this.requests.push(`UPGRADE ${request.url}`);
      this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#join(peer));
    });
  }

  /** Uses the same port again after `stop()`. */
  async start(): Promise<void> {
    this.#http.listen(this.#port, '127.0.0.1');
    await once(this.#http, 'listening');
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  get base(): string {
    return `http://127.0.0.1:${this.#port}/prefix/`;
  }

  link(streamer = 'demo', token = 'link'): string {
    return `${this.base}s/${streamer}#token=${token}`;
  }

  async stop(): Promise<void> {
    for (const peer of this.#sockets.clients) peer.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #join(socket: WebSocket): void {
    const peer: ScriptedPeer = {
      received: [],
      onSignal: () => undefined,
      send: (signal) => socket.send(JSON.stringify(signal)),
      close: (code, reason) => socket.close(code, reason),
    };
    socket.on('message', (data) => {
      const signal = JSON.parse(String(data)) as ClientSignal;
      peer.received.push(signal);
      peer.onSignal(signal);
    });
    this.script.join(peer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/prefix\//, '');
    this.requests.push(`${request.method} ${request.url}`);
    response.setHeader('content-security-policy', POLICY);
    if (path.startsWith('api/') && path.endsWith('/token')) {
      if (this.script.token === null) return;
      const { status, body } = this.script.token;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
      return;
    }
    const file = path === '' || /^s\/[^/]+$/.test(path) ? 'index.html' : path;
    try {
      const data = await readFile(new URL(file, DIST));
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(file === 'index.html' ? String(data).replace('<head>', '<head><base href="/prefix/">') : data);
    } catch {
      response.writeHead(404).end();
    }
  }
}
