import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { LABELS, TELL_EVERY_MS, type ToPeer } from './facts.ts';
import { type PageOptions, pageHtml } from './page.ts';
import { PeerPort } from './port.ts';

export interface OpenOptions {
  iceServers?: RTCIceServer[];
  onlyRelayed?: boolean;
}

/** Opens the URL in a browser; returns how to close it. */
export type OpenPage = (url: string) => Promise<() => Promise<void>>;

/** Serves the page of viewers that are browsers, and talks with each. */
export class PeerPages {
  readonly #server: Server;
  readonly #address: string;
  /** The pages that are being opened, by what is in their URL. */
  readonly #expected = new Map<string, (socket: WebSocket) => void>();
  #count = 0;

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.#address = address;
    new WebSocketServer({ server }).on('connection', (socket, { url }) => {
      this.#expected.get(new URL(url!, 'http://page').searchParams.get('page') ?? '')?.(socket);
    });
  }

  /** `address`: what browsers connect to. */
  static async start(address = '127.0.0.1'): Promise<PeerPages> {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(pageHtml());
    });
    server.listen(0, address);
    await once(server, 'listening');
    return new PeerPages(server, address);
  }

  async open(open: OpenPage, { iceServers = [], onlyRelayed = false }: OpenOptions = {}): Promise<PeerPort> {
    const page = String(this.#count++);
    const options: PageOptions = { iceServers, onlyRelayed, labels: LABELS, tellEveryMs: TELL_EVERY_MS };
    const { port } = this.#server.address() as AddressInfo;
    const url = new URL(`http://${this.#address}:${port}/`);
    url.searchParams.set('page', page);
    url.searchParams.set('options', JSON.stringify(options));
    const connected = new Promise<WebSocket>((resolve) => this.#expected.set(page, resolve));
    const opened = await Promise.all([connected, open(url.href)]).finally(() => this.#expected.delete(page));
    return new PagePort(...opened);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

class PagePort extends PeerPort {
  readonly #socket: WebSocket;
  readonly #closePage: () => Promise<void>;

  constructor(socket: WebSocket, closePage: () => Promise<void>) {
    super();
    this.#socket = socket;
    this.#closePage = closePage;
    socket.on('message', (data) => this.emit('message', JSON.parse(String(data))));
    socket.on('close', () => this.emit('ended', 'the page is gone'));
  }

  send(message: ToPeer): void {
    this.#socket.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    this.removeAllListeners();
    this.#socket.terminate();
    await this.#closePage();
  }
}
