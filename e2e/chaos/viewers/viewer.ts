import { setTimeout as delay } from 'node:timers/promises';
import { type ClientSignal, type Negotiation, parseServerSignal, type ServerSignal } from '@moonshare/contract';
import { WebSocket } from 'ws';
import { MediaSocketPeer } from '../../harness/media-socket-peer.ts';
import { now } from '../clock.ts';
import { type Connector, connectorFor, LinkConnector } from './connector.ts';
import type { Ticket, ViewerReport, ViewerStart } from './messages.ts';
import { ChaosPeer } from './peer.ts';

const RETRY_MS = 500;
/** A picture that has not moved for this long is gone. */
const GAP_MS = 500;
/** How long to wait for the reason, which comes over the peer socket, before or after the end itself. */
const REASON_MS = 1_000;
/** A media socket that has ended is opened again after this. */
const REOPEN_MS = 1_000;
const MAX_REMEMBERED = 40;

/** A viewer that reconnects as our page does, without a browser: after a lost socket, a dead peer connection or media socket, a WebRtcConfig. */
export class Viewer {
  readonly #name: string;
  readonly #server: string;
  readonly #ticket: Ticket;
  readonly #virtualKey: number;
  readonly #connector: Connector;
  readonly #report: ViewerReport;
  #socket: WebSocket | null = null;
  #peer: ChaosPeer | MediaSocketPeer | null = null;
  #closed = false;
  readonly #running: Promise<void>;

  constructor(server: string, { name, ticket, virtualKey }: ViewerStart) {
    this.#name = name;
    this.#server = server;
    this.#ticket = ticket;
    this.#virtualKey = virtualKey;
    this.#connector = connectorFor(server, ticket);
    this.#report = { name, sockets: 0, peers: 0, frames: 0, frameAt: now(), gaps: [], notifications: [], holds: false };
    this.#running = this.#run();
  }

  report(): ViewerReport {
    return this.#report;
  }

  key(down: boolean): void {
    if (this.#peer?.key(this.#virtualKey, down)) this.#report.holds = down;
  }

  /** Disappears without notice, and returns. */
  crash(): void {
    this.#dropPeer();
    this.#socket?.terminate();
  }

  useLink(link: string): void {
    if (this.#connector instanceof LinkConnector) this.#connector.replace(link);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#connect(await this.#connector.connect());
      } catch (error) {
        this.#note((error as Error).message);
      }
      if (!this.#closed) await delay(RETRY_MS);
    }
    this.#dropPeer();
  }

  /** Resolves when the socket is closed. */
  #connect(socket: WebSocket): Promise<void> {
    this.#socket = socket;
    this.#report.sockets += 1;
    return new Promise((resolve) => {
      socket.on('message', (data) => this.#onSignal(socket, parseServerSignal(String(data))));
      socket.on('unexpected-response', (_request, response) => {
        this.#note(`HTTP ${response.statusCode}`);
        socket.terminate();
      });
      socket.on('error', (error) => this.#note(error.message));
      socket.on('close', (code, reason) => {
        this.#note(reason.length > 0 ? String(reason) : `closed ${code}`);
        resolve();
      });
      if (this.#closed) socket.close();
    });
  }

  #onSignal(socket: WebSocket, signal: ServerSignal | null): void {
    if (signal === null) return;
    if (typeof signal === 'string') this.#note(signal);
    else if ('WebRtcConfig' in signal) this.#negotiate(socket);
    else if ('MediaTicket' in signal) this.#openMediaSocket(socket, signal.MediaTicket.ticket);
    else if ('Signaling' in signal && this.#peer instanceof ChaosPeer) this.#peer.receive(signal.Signaling);
    else if ('StreamerState' in signal) this.#note(signal.StreamerState.error?.code ?? signal.StreamerState.status);
    else if ('ConnectionTerminated' in signal) this.#note('ConnectionTerminated');
  }

  #negotiate(socket: WebSocket): void {
    this.#dropPeer();
    if ('transport' in this.#ticket && this.#ticket.transport === 'websocket') {
      send(socket, { GetMediaTicket: {} });
      return;
    }
    this.#report.peers += 1;
    this.#peer = new ChaosPeer(this.#name, this.#connector.offersMedia, {
      signal: (message: Negotiation) => send(socket, { Signaling: message }),
      frame: () => this.#onFrame(),
      ended: () => {
        this.#note('peer ended');
        socket.close();
        setTimeout(() => socket.terminate(), REASON_MS);
      },
    });
  }

  #openMediaSocket(socket: WebSocket, ticket: string): void {
    if (!('streamerId' in this.#ticket)) return;
    this.#dropPeer();
    this.#report.peers += 1;
    const peer = new MediaSocketPeer(this.#server, this.#ticket.streamerId, ticket);
    this.#peer = peer;
    peer.once('frame', () => send(socket, { UseTransport: { transport: 'websocket' } }));
    peer.on('frame', () => this.#onFrame());
    peer.on('closed', (why) => {
      if (this.#peer !== peer) return;
      this.#note(`media socket: ${why}`);
      this.#report.holds = false;
      setTimeout(() => this.#peer === peer && send(socket, { GetMediaTicket: {} }), REOPEN_MS);
    });
  }

  #dropPeer(): void {
    this.#peer?.close();
    this.#peer = null;
    this.#report.holds = false;
  }

  #onFrame(): void {
    const at = now();
    const { frameAt, gaps } = this.#report;
    if (at - frameAt > GAP_MS) remember(gaps, { from: frameAt, to: at });
    this.#report.frames += 1;
    this.#report.frameAt = at;
  }

  #note(what: string): void {
    if (this.#report.notifications.at(-1)?.what !== what) remember(this.#report.notifications, { at: now(), what });
  }
}

function send(socket: WebSocket, signal: ClientSignal): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(signal));
}

function remember<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > MAX_REMEMBERED) list.shift();
}
