import type {
  ClientSignal,
  GeneralMessage,
  IceServer,
  Negotiation,
  TransportKind,
  ViewerFeedback,
  ViewerInput,
} from '@moonshare/contract/browser';
import type { PictureCounters } from '../picture/freeze-detector.ts';
import type { Problem } from '../problem.ts';
import type { Statistics } from '../statistics/digest.ts';
import type {
  MediaTransport,
  MediaTransportEvents,
  NegotiatedTransport,
  NegotiatedTransportEvents,
  StreamFacts,
  ViewerStream,
} from './media-transport.ts';
import type { UsableTransports } from './transport-choice.ts';
import { type Succession, type TransportAction, type TransportEvent, TransportPolicy } from './transport-policy.ts';
import type { UdpMemory } from './udp-memory.ts';

/** How often to check whether a transport that receives data has decoded its first picture: less and less often, the longer it takes. */
const LOOK_EVERY_MS = { first: 30, most: 500, growth: 1.1 };
/** WebRTC usually has its picture by then. If not, the WebSocket's script is loaded, so that it can begin without delay. */
const PREPARE_AFTER_MS = 1000;

export interface ViewerMediaEvents {
  /** For the peer socket. */
  signal(signal: ClientSignal): void;
  /** Media of this peer can arrive. */
  connected(): void;
  /** What to show from now on. */
  stream(stream: ViewerStream): void;
  /** Which transport carries it. */
  carried(by: TransportKind): void;
  /** Input goes over another transport from now on, and what was sent before may be lost: what is held has to be sent again. */
  ready(): void;
  feedback(feedback: ViewerFeedback): void;
  general(message: GeneralMessage): void;
  /** Only a new peer helps. */
  lost(why: Problem): void;
}

export interface MediaStatistics extends Statistics {
  /** What carries it all. */
  transport: TransportKind;
}

export interface TransportFactories {
  webrtc(iceServers: IceServer[], events: NegotiatedTransportEvents): NegotiatedTransport;
  websocket(ticket: string, events: MediaTransportEvents): MediaTransport;
  /** Loads the script that a WebSocket needs. May be called more than once. */
  prepareWebSocket(): void;
}

/** A transport that is open, or about to be. */
interface Slot {
  /** null: the ticket for it is on its way. */
  transport: MediaTransport | null;
  stream: ViewerStream | null;
  isReady: boolean;
}

/**
 * Picture, sound and input of one viewer, over whichever transport: does what `TransportPolicy` decides. Transports outlive their peer,
 * so that the old picture stays until the next peer has joined.
 */
export class ViewerMedia {
  readonly #events: ViewerMediaEvents;
  readonly #factories: TransportFactories;
  readonly #udp: UdpMemory;
  readonly #policy = new TransportPolicy();
  readonly #slots = new Map<TransportKind, Slot>();
  #peer: {
    iceServers: IceServer[];
    transports: UsableTransports;
    hasMediaSocket: boolean;
    isConnected: boolean;
    isWebRtcPrepared: boolean;
  } | null = null;
  #shown: ViewerStream | null = null;
  /** Where input goes. */
  #input: Slot | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #prepareTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: { events: ViewerMediaEvents; factories: TransportFactories; udp: UdpMemory }) {
    this.#events = options.events;
    this.#factories = options.factories;
    this.#udp = options.udp;
  }

  /** Which transport carries the picture; null: none yet. */
  get carrier(): TransportKind | null {
    return this.#policy.carrier;
  }

  /** Whether another transport may bring back a picture that stands still. */
  get succession(): Succession {
    return this.#policy.succession;
  }

  /** When the current transport took over, by `performance.now()`; -Infinity: none carries. */
  get carriedSince(): number {
    return this.#policy.carriedSince;
  }

  /** A new peer has replaced the previous one, and with it the previous transports. */
  join(peer: { iceServers: IceServer[]; transports: UsableTransports; hasMediaSocket: boolean }): void {
    this.#closeAll();
    const { iceServers, transports, hasMediaSocket } = peer;
    // The streamer has already made its half of the first WebRTC connection.
    this.#peer = { iceServers, transports, hasMediaSocket, isConnected: false, isWebRtcPrepared: true };
    clearTimeout(this.#prepareTimer);
    if (transports.includes('websocket'))
      this.#prepareTimer = setTimeout(() => this.#factories.prepareWebSocket(), PREPARE_AFTER_MS);
    this.#feed({ type: 'joined', transports, udpFailed: this.#udp.failedRecently(Date.now()) });
  }

  /** The peer socket is gone. Transports that are open carry on. */
  leave(): void {
    this.#feed({ type: 'left' });
  }

  negotiate(message: Negotiation): void {
    (this.#slots.get('webrtc')?.transport as NegotiatedTransport | undefined)?.receive(message);
  }

  admit(ticket: string): void {
    const slot = this.#slots.get('websocket');
    if (slot?.transport === null) slot.transport = this.#factories.websocket(ticket, this.#listen('websocket', slot));
  }

  hostStreams(streams: boolean): void {
    this.#feed({ type: 'host', streams });
  }

  /** `stalling`: suspected; `stalled`: certain. */
  stalled(type: 'stalling' | 'stalled'): void {
    this.#feed({ type });
  }

  networkChanged(): void {
    this.#feed({ type: 'networkChanged' });
  }

  /** Dropped while no transport can take it. */
  send(event: ViewerInput): void {
    this.#input?.transport?.send(event);
  }

  /** Of the transport that carries, or will be the first to; null: none yet. */
  async pictureCounters(): Promise<PictureCounters | null> {
    return (await this.#current?.pictureCounters()) ?? null;
  }

  /** The same; rates are since the previous call. */
  async statistics(facts: StreamFacts): Promise<MediaStatistics | null> {
    const current = this.#current;
    const statistics = (await current?.statistics(facts)) ?? null;
    return current && statistics && { ...statistics, transport: current.kind };
  }

  close(): void {
    clearTimeout(this.#prepareTimer);
    this.leave();
    this.#closeAll();
    this.#shown = null;
    this.#peer = null;
  }

  get #current(): MediaTransport | null {
    const carrier = this.#policy.carrier;
    const slot = carrier === null ? undefined : this.#slots.get(carrier);
    return (slot ?? this.#slots.get('webrtc') ?? this.#slots.get('websocket'))?.transport ?? null;
  }

  #feed(event: TransportEvent): void {
    this.#carryOut(this.#policy.handle(event, performance.now()));
  }

  #carryOut(actions: TransportAction[]): void {
    const { carrier } = this.#policy;
    for (const action of actions) {
      switch (action.type) {
        case 'open':
          this.#open(action.transport);
          break;
        case 'close':
          this.#close(action.transport);
          break;
        case 'use':
          this.#show(this.#slots.get(action.transport)?.stream ?? null);
          this.#events.carried(action.transport);
          break;
        case 'udp':
          this.#udp.note(action.works, Date.now());
          break;
        case 'lost':
          this.#events.lost(action.why);
          break;
      }
    }
    // The streamer still has its half of an attempt that was given up.
    const decided = actions.some(({ type }) => type === 'use' || type === 'close');
    if (decided && carrier !== null && this.#peer?.hasMediaSocket)
      this.#events.signal({ UseTransport: { transport: carrier } });
    this.#moveInput();
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#policy;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    const delay = Math.max(1, Math.ceil(wakeAt - performance.now()));
    this.#timer = setTimeout(() => this.#carryOut(this.#policy.advance(performance.now())), delay);
  }

  #open(kind: TransportKind): void {
    const slot: Slot = { transport: null, stream: null, isReady: false };
    this.#slots.set(kind, slot);
    const peer = this.#peer;
    if (peer === null) return;
    if (kind === 'websocket') {
      this.#events.signal({ GetMediaTicket: {} });
      return;
    }
    if (!peer.isWebRtcPrepared) this.#events.signal({ RestartWebRtc: {} });
    peer.isWebRtcPrepared = false;
    slot.transport = this.#factories.webrtc(peer.iceServers, {
      ...this.#listen(kind, slot),
      signal: (message) => {
        if (this.#slots.get(kind) === slot) this.#events.signal({ Signaling: message });
      },
    });
  }

  #listen(kind: TransportKind, slot: Slot): MediaTransportEvents {
    const whileOpen = (then: () => void): void => {
      if (this.#slots.get(kind) === slot) then();
    };
    return {
      connected: () => whileOpen(() => this.#onConnected(kind)),
      failed: (why) =>
        whileOpen(() => {
          slot.isReady = false;
          this.#feed({ type: 'failed', transport: kind, why });
        }),
      stream: (stream) => whileOpen(() => this.#onStream(kind, slot, stream)),
      ready: () =>
        whileOpen(() => {
          slot.isReady = true;
          this.#moveInput();
        }),
      feedback: (feedback) => whileOpen(() => this.#events.feedback(feedback)),
      general: (message) => whileOpen(() => this.#events.general(message)),
    };
  }

  #onConnected(kind: TransportKind): void {
    this.#feed({ type: 'connected', transport: kind });
    if (this.#peer === null || this.#peer.isConnected) return;
    this.#peer.isConnected = true;
    this.#events.connected();
  }

  #onStream(kind: TransportKind, slot: Slot, stream: ViewerStream): void {
    const replaces = slot.stream !== null && slot.stream === this.#shown;
    slot.stream = stream;
    // There is no older picture to keep, so it need not wait for its first frame.
    if (this.#shown === null || replaces) this.#show(stream);
    void this.#awaitPicture(kind, slot);
  }

  /** Arriving data are not a picture yet, and the old picture stays until there is one. */
  async #awaitPicture(kind: TransportKind, slot: Slot): Promise<void> {
    for (
      let pause = LOOK_EVERY_MS.first;
      this.#slots.get(kind) === slot;
      pause = Math.min(LOOK_EVERY_MS.most, pause * LOOK_EVERY_MS.growth)
    ) {
      const counters = await slot.transport?.pictureCounters().catch(() => null);
      if (this.#slots.get(kind) !== slot) return;
      // A live source decodes nothing before it is shown.
      if ((counters?.framesDecoded ?? 0) > 0 || !isMediaStream(slot.stream)) {
        this.#feed({ type: 'picture', transport: kind });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #show(stream: ViewerStream | null): void {
    if (stream === null || stream === this.#shown) return;
    this.#shown = stream;
    this.#events.stream(stream);
  }

  /** To what carries; before anything does, to whatever is ready first. Never back: the streamer ignores a way that input has left. */
  #moveInput(): void {
    const { carrier } = this.#policy;
    const slots = carrier === null ? [...this.#slots.values()] : [this.#slots.get(carrier)];
    const ready = slots.filter((slot) => slot?.isReady === true);
    const next = ready.find((slot) => slot === this.#input) ?? ready[0] ?? null;
    if (next === this.#input) return;
    this.#input = next;
    if (next !== null) this.#events.ready();
  }

  #close(kind: TransportKind): void {
    const slot = this.#slots.get(kind);
    this.#slots.delete(kind);
    slot?.transport?.close();
  }

  #closeAll(): void {
    for (const kind of [...this.#slots.keys()]) this.#close(kind);
    this.#input = null;
  }
}

function isMediaStream(stream: ViewerStream | null): boolean {
  return stream !== null && 'getTracks' in stream;
}
