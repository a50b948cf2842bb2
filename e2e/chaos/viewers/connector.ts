import { once } from 'node:events';
import { peerTokenSchema } from '@moonshare/contract';
import { WebSocket } from 'ws';
import { CREDENTIALS } from '../../harness/api.ts';
import { STREAM } from '../stream.ts';
import type { Ticket } from './messages.ts';

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const REQUEST_LIMIT_MS = 30_000;

/** Opens sockets for one viewer, again and again, with the access that it has. */
export interface Connector {
  /** A socket that is about to open. Throws with the reason if the viewer is refused. */
  connect(): Promise<WebSocket>;
  /** This kind of browser offers media by itself. */
  readonly offersMedia: boolean;
}

export function connectorFor(server: string, ticket: Ticket): Connector {
  const sockets = server.replace('http', 'ws');
  switch (ticket.kind) {
    case 'credentials': {
      const url = `${sockets}/api/streamers/${ticket.streamerId}/peer?events=1`;
      return { offersMedia: true, connect: async () => new WebSocket(url, { headers: bearer(CREDENTIALS) }) };
    }
    case 'link':
      return new LinkConnector(server, ticket.streamerId, ticket.link);
    case 'legacy': {
      const init = { client_unique_id: ticket.clientId, app_id: ticket.appId };
      return { offersMedia: false, connect: async () => legacySocket(sockets, init) };
    }
    case 'joiner':
      return new JoinConnector(sockets, ticket);
  }
}

/** Like our page: exchanges the link once, then uses the renewal that came with it. */
export class LinkConnector implements Connector {
  readonly offersMedia = true;
  readonly #server: string;
  readonly #path: string;
  #secret: string;

  constructor(server: string, streamerId: string, link: string) {
    this.#server = server;
    this.#path = `/api/streamers/${streamerId}`;
    this.#secret = link;
  }

  /** Uses another link from now on. */
  replace(link: string): void {
    this.#secret = link;
  }

  async connect(): Promise<WebSocket> {
    const secret = this.#secret;
    const response = await fetch(`${this.#server}${this.#path}/token`, {
      method: 'POST',
      headers: { ...bearer(secret), 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error((body as { code?: string }).code ?? `HTTP ${response.status}`);
    const { token, renewal } = peerTokenSchema.parse(body);
    if (this.#secret === secret && renewal !== undefined) this.#secret = renewal;
    return new WebSocket(`${this.#server.replace('http', 'ws')}${this.#path}/peer?events=1&token=${token}`);
  }
}

/** Joins its session, and starts it if there is none. */
class JoinConnector implements Connector {
  readonly offersMedia = false;
  readonly #sockets: string;
  readonly #init: Record<string, unknown>;
  #last: WebSocket | null = null;
  #refused = false;

  constructor(sockets: string, ticket: Extract<Ticket, { kind: 'joiner' }>) {
    this.#sockets = sockets;
    this.#init = { client_unique_id: ticket.clientId, app_id: ticket.appId, session_id: ticket.sessionId };
  }

  async connect(): Promise<WebSocket> {
    if (this.#refused) {
      const starter = legacySocket(this.#sockets, { ...this.#init, mode: 'keepalive' });
      starter.on('error', () => {});
      // The session goes on without this socket, which the server leaves open.
      starter.on('message', (data) => {
        if (String(data).includes('ConnectionComplete')) starter.close();
      });
      await once(starter, 'close');
    }
    const socket = legacySocket(this.#sockets, { ...this.#init, mode: 'join' });
    this.#last = socket;
    this.#refused = false;
    socket.once('close', (_code, reason) => {
      if (socket === this.#last) this.#refused = String(reason) === 'STREAMER_NOT_FOUND';
    });
    return socket;
  }
}

function legacySocket(sockets: string, init: Record<string, unknown>): WebSocket {
  const socket = new WebSocket(`${sockets}/api/host/stream`);
  const packet = { packet_size: 1024, video_sample_queue_size: 10, audio_sample_queue_size: 10 };
  const hello = { credentials: CREDENTIALS, host_id: 0, ...STREAM, ...packet, ...init };
  socket.once('open', () => socket.send(JSON.stringify({ AuthenticateAndInit: hello })));
  return socket;
}
