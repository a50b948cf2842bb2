import { type DropControl, HostMediaSocket, type MediaTarget } from '../session/host-media-socket.ts';
import type { MediaPort } from '../session/session.ts';

/** From a launch or resume, protocol/1 §8.8. */
const LISTENS_MS = 4_000;
/** How long one ping takes to handle while the others wait. */
const PING_MS = 500;
const MAX_WAITING = 256;

interface WolfPortsOptions {
  bind: string;
  drop: DropControl;
  onPing: (from: MediaTarget) => void;
}

/**
 * Wolf's media ports: one per session and stream, which listens for pings for 4 s. A session assigned to a port
 * that another one still listens on cannot listen itself, and gets the pings of that other one (protocol/1 §8.8 (c)).
 */
export class WolfPorts {
  readonly #options: WolfPortsOptions;
  readonly #open = new Map<number, Listener>();

  constructor(options: WolfPortsOptions) {
    this.#options = options;
  }

  async take(port: number): Promise<MediaPort> {
    const { bind, drop, onPing } = this.#options;
    let listener = this.#open.get(port);
    if (listener === undefined) {
      listener = new Listener(onPing, () => this.#open.delete(port));
      this.#open.set(port, listener);
      await listener.open({ bind, port, drop });
    }
    return listener.join(port);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((listener) => listener.close()));
  }
}

class Listener {
  readonly #onPing: (from: MediaTarget) => void;
  readonly #onClosed: () => void;
  #socket: HostMediaSocket | null = null;
  #users = 0;
  #listening = true;
  #waiting: MediaTarget[] = [];
  #pingTimer: NodeJS.Timeout | null = null;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(onPing: (from: MediaTarget) => void, onClosed: () => void) {
    this.#onPing = onPing;
    this.#onClosed = onClosed;
  }

  async open(options: { bind: string; port: number; drop: DropControl }): Promise<void> {
    try {
      this.#socket = await HostMediaSocket.open({ ...options, onDatagram: (_datagram, from) => this.#queuePing(from) });
    } catch {
      // The port is taken: this session will have no media, and the client has to find out.
      this.#onClosed();
      return;
    }
    this.#endTimer = setTimeout(() => this.#stopListening(), LISTENS_MS);
  }

  join(port: number): MediaPort {
    this.#users += 1;
    return {
      port,
      send: (datagrams, to, count) => this.#socket?.send(datagrams, to, count),
      release: () => {
        this.#users -= 1;
        this.#closeIfUnused();
      },
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#endTimer);
    this.#discardPings();
    const socket = this.#socket;
    this.#socket = null;
    this.#onClosed();
    await socket?.close();
  }

  #queuePing(from: MediaTarget): void {
    if (!this.#listening || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ address: from.address, port: from.port });
    if (this.#pingTimer === null) this.#handleOne();
  }

  #handleOne(): void {
    const from = this.#waiting.shift();
    if (from === undefined) {
      this.#pingTimer = null;
      return;
    }
    this.#pingTimer = setTimeout(() => this.#handleOne(), PING_MS);
    this.#onPing(from);
  }

  #stopListening(): void {
    this.#discardPings();
    this.#closeIfUnused();
  }

  #discardPings(): void {
    this.#listening = false;
    this.#waiting = [];
    if (this.#pingTimer !== null) clearTimeout(this.#pingTimer);
    this.#pingTimer = null;
  }

  #closeIfUnused(): void {
    if (!this.#listening && this.#users === 0 && this.#socket !== null) void this.close();
  }
}
