import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Negotiation } from '@moonshare/contract';
import { WebSocket } from 'ws';
import { CREDENTIALS } from '../harness/api.ts';
import type { Facts, FromPeer, Offerer } from './facts.ts';
import type { PeerPort } from './port.ts';
import type { UnreliableRelay } from './unreliable-relay.ts';

/** The only way that may be used; what is not named is free. */
export interface Way {
  protocol?: 'udp' | 'tcp';
  family?: 4 | 6;
  through?: UnreliableRelay;
}

const CANDIDATE = /^(?:a=)?candidate:\S+ \d+ (\S+) \d+ (\S+) \d+ /;
const GIVE_UP_MS = 60_000;

/** One viewer of a streamer: its peer socket, and a peer connection that is not ours at the other end of it. */
export class ForeignViewer {
  readonly #port: PeerPort;
  readonly #socket: WebSocket;
  readonly #way: Way;
  readonly #ended = Promise.withResolvers<never>();
  #facts: Facts = { state: 'new', path: null, frames: 0, sound: 0, open: [] };
  #isClosed = false;

  private constructor(port: PeerPort, socket: WebSocket, way: Way) {
    this.#port = port;
    this.#socket = socket;
    this.#way = way;
    this.#ended.promise.catch(() => {});
    const fail = (why: string) => this.#ended.reject(new Error(why));
    port.on('ended', fail);
    port.on('message', (message) => this.#take(message));
    socket.on('close', (code, reason) => fail(`the peer socket was closed: ${code} ${reason}`));
    socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data));
      if (typeof message !== 'object' || message === null || !('Signaling' in message)) return;
      const allowed = this.#restrict(message.Signaling as Negotiation, 'protocol and family');
      if (allowed !== null) port.send(allowed);
    });
  }

  /** `server`: its URL. */
  static async join(
    server: string,
    streamerId: string,
    open: () => Promise<PeerPort>,
    offerer: Offerer,
    way: Way = {},
  ): Promise<ForeignViewer> {
    const port = await open();
    const url = `${server.replace('http', 'ws')}/api/streamers/${streamerId}/peer`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${CREDENTIALS}` } });
    const viewer = new ForeignViewer(port, socket, way);
    await Promise.race([once(socket, 'open'), viewer.#ended.promise]);
    port.send({ Begin: { offerer } });
    return viewer;
  }

  get facts(): Facts {
    return this.#facts;
  }

  /** The next facts that are as wanted. */
  async until(what: string, wanted: (facts: Facts) => boolean): Promise<Facts> {
    const found = Promise.withResolvers<Facts>();
    const look = () => wanted(this.#facts) && found.resolve(this.#facts);
    this.#port.on('message', look);
    const timer = setTimeout(
      () => found.reject(new Error(`${what}: waited in vain. Last seen: ${JSON.stringify(this.#facts)}`)),
      GIVE_UP_MS,
    );
    try {
      return await Promise.race([found.promise, this.#ended.promise]);
    } finally {
      this.#port.off('message', look);
      clearTimeout(timer);
    }
  }

  /** So many more pictures. */
  async frames(count: number): Promise<Facts> {
    const from = this.#facts.frames;
    return this.until(`${count} pictures`, ({ frames }) => frames >= from + count);
  }

  async send(label: string, ...messages: readonly Uint8Array[]): Promise<void> {
    await this.until(`the channel ${label}`, ({ open }) => open.includes(label));
    for (const message of messages) this.#port.send({ Send: { label, hex: Buffer.from(message).toString('hex') } });
  }

  restartIce(): void {
    this.#port.send({ RestartIce: {} });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#port.close();
    this.#socket.removeAllListeners('close');
    this.#socket.close();
  }

  #take(message: FromPeer): void {
    if ('Facts' in message) {
      this.#facts = message.Facts;
      return;
    }
    if ('Failed' in message) {
      this.#ended.reject(new Error(message.Failed));
      return;
    }
    const allowed = this.#restrict(message, 'protocol');
    if (allowed === null || this.#isClosed) return;
    this.#socket.send(JSON.stringify({ Signaling: allowed }));
  }

  /** Without the candidates of other ways; null: nothing is left. Of a viewer's, which is active over TCP, none are of use then. */
  #restrict(message: Negotiation, by: 'protocol' | 'protocol and family'): Negotiation | null {
    const { protocol, family, through } = this.#way;
    if (through !== undefined && 'AddIceCandidate' in message) {
      const candidate = by === 'protocol' ? null : through.translate(message.AddIceCandidate.candidate);
      return candidate === null ? null : { AddIceCandidate: { ...message.AddIceCandidate, candidate } };
    }
    const isAllowed = (line: string) => {
      const [, its, address] = CANDIDATE.exec(line) ?? [];
      if (its === undefined || address === undefined) return true;
      if (protocol !== undefined && its.toLowerCase() !== protocol) return false;
      return by === 'protocol' || family === undefined || isIPv6(address) === (family === 6);
    };
    if ('AddIceCandidate' in message) return isAllowed(message.AddIceCandidate.candidate) ? message : null;
    const { ty, sdp } = message.Description;
    return {
      Description: {
        ty,
        sdp: sdp
          .split(/(?<=\n)/)
          .filter(isAllowed)
          .join(''),
      },
    };
  }
}
