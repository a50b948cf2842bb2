import {
  type GeneralMessage,
  invariant,
  MoonshareError,
  type Negotiation,
  type Role,
  type TransportKind,
  type ViewerAccount,
  type ViewerFeedback,
  type ViewerInput,
  type ViewerStatistics,
} from '@moonshare/contract';
import { addCounts, NO_COUNTS } from './counts.ts';
import type { NegotiatedTransport, TransportEvents, ViewerTransport } from './transport.ts';

/** One of its transports. */
interface Carrier {
  readonly kind: TransportKind;
  /** null: it is being created. */
  transport: ViewerTransport | null;
  /** Media can be sent. */
  isConnected: boolean;
}

/** Its transports. */
type State =
  /** None yet: its browser has to open one. */
  | { name: 'none' }
  | { name: 'one'; carrier: Carrier }
  /** Two of different kinds, of which its browser will choose one. `from` carries the picture, unless neither does yet. */
  | { name: 'moving'; from: Carrier; to: Carrier }
  | { name: 'ended' };

/** Input that counts for itself, whenever it comes. All other kinds say how things are. */
const ADDS: ReadonlySet<ViewerInput['kind']> = new Set(['text', 'mouseMove', 'wheelPixels', 'wheelNotches']);

/** What a participant's transports and their changes mean to the streamer. */
export interface ParticipantEvents {
  /** The first connection is up. */
  opened(): void;
  /** Media can be sent over this transport from now on; `isFirst`: there was none before. */
  connected(transport: ViewerTransport, isFirst: boolean): void;
  /** This kind carries its picture from now on. */
  carried(by: TransportKind): void;
  /** No transport carries its media at the moment, but one may soon. */
  uncarried(): void;
  input(event: ViewerInput): void;
  /** Some of its input was dropped as too much: what it holds may have changed. */
  inputLost(): void;
  keyFrameNeeded(transport: ViewerTransport): void;
  frameDropped(transport: ViewerTransport): void;
  /** Nothing has come from its browser for some time, on any transport. */
  silent(): void;
  /** A transport of this kind has ended; null: it was never created. */
  left(kind: TransportKind, transport: ViewerTransport | null, error: MoonshareError | null): void;
  /** The last call, exactly once: its last transport has ended, or it was closed. */
  closed(error: MoonshareError | null): void;
}

export interface ParticipantOptions {
  id: string;
  role: Role;
  /** Absent: a viewer. A tap takes pictures for the server, which wants no reports of it. */
  kind?: 'viewer' | 'tap';
  /** The transports that it may use. */
  kinds: readonly TransportKind[];
  account: ViewerAccount;
  events: ParticipantEvents;
  /** How many frames were not even passed to this transport. */
  framesDropped: (transport: ViewerTransport) => number;
}

/** Of all transports that it has or had; the round trip and the network are those of the one that carries the picture. */
export type ParticipantStatistics = Omit<ViewerStatistics, 'rung' | 'bitrate_kbps' | 'first_frame_ms' | 'input_events'>;

/**
 * Someone who watches, from the start of the peer to its end. Its transports may change meanwhile, and what it holds stays held. It
 * ends with its last transport. Pure: it knows neither time nor network.
 */
export class Participant {
  readonly id: string;
  #role: Role;
  readonly kind: 'viewer' | 'tap';
  readonly account: ViewerAccount;
  readonly #kinds: readonly TransportKind[];
  readonly #events: ParticipantEvents;
  readonly #framesDropped: (transport: ViewerTransport) => number;
  #state: State = { name: 'none' };
  #wasOpened = false;
  #wasConnected = false;
  /** As last reported. */
  #carriedBy: TransportKind | null = null;
  /** The transport that its input comes over; of two, the one that it came over before. */
  #inputBy: Carrier | null = null;
  #inputLeft: Carrier | null = null;
  /** Of the transports that have ended. */
  #past = { counts: NO_COUNTS, malformed: 0 };

  constructor({ id, role, kind = 'viewer', kinds, account, events, framesDropped }: ParticipantOptions) {
    this.id = id;
    this.#role = role;
    this.kind = kind;
    this.account = account;
    this.#kinds = kinds;
    this.#events = events;
    this.#framesDropped = framesDropped;
  }

  get role(): Role {
    return this.#role;
  }

  setRole(role: Role): void {
    this.#role = role;
  }

  get transports(): readonly ViewerTransport[] {
    return this.#carriers().flatMap(({ transport }) => transport ?? []);
  }

  mayUse(kind: TransportKind): boolean {
    return this.#kinds.includes(kind);
  }

  /** The transport that carries its picture; null: none at the moment. */
  get carrier(): ViewerTransport | null {
    return this.#carrying()?.transport ?? null;
  }

  /**
   * Adds the transport that `create` makes. If that throws, the transport has ended at once. An earlier one of the same kind is
   * closed. Null: none was added, and the participant may have ended.
   */
  add(kind: TransportKind, create: (events: TransportEvents) => ViewerTransport): ViewerTransport | null {
    if (this.#state.name === 'ended') return null;
    const carrier: Carrier = { kind, transport: null, isConnected: false };
    const replaced = this.#carriers().find((each) => each.kind === kind);
    this.#arrange([...this.#carriers().filter((each) => each !== replaced), carrier]);
    replaced?.transport?.close(null);
    try {
      carrier.transport = create(this.#eventsOf(carrier));
      if (carrier.isConnected) this.#onConnected(carrier);
    } catch (cause) {
      const error = MoonshareError.from(cause);
      if (carrier.transport === null) this.#onClosed(carrier, error);
      else carrier.transport.close(error);
    }
    if (this.#has(carrier)) return carrier.transport;
    carrier.transport?.close(null);
    return null;
  }

  /** Its browser shows the picture of this kind: the other is closed. Ignored if this kind carries nothing. */
  use(kind: TransportKind): void {
    const carriers = this.#carriers();
    const used = carriers.find((each) => each.kind === kind);
    if (used === undefined || !used.isConnected) return;
    this.#arrange([used]);
    for (const each of carriers) if (each !== used) each.transport?.close(null);
  }

  /** Ignored unless WebRTC is among its transports. */
  signal(message: Negotiation): void {
    const transport = this.transports.find(isNegotiated);
    try {
      transport?.signal(message);
    } catch (cause) {
      transport?.close(new MoonshareError('BAD_REQUEST', { cause }));
    }
  }

  sendFeedback(feedback: ViewerFeedback): void {
    for (const transport of this.transports) transport.sendFeedback(feedback);
  }

  sendGeneral(message: GeneralMessage): void {
    for (const transport of this.transports) transport.sendGeneral(message);
  }

  stats(): ParticipantStatistics {
    const carrier = this.#carrying();
    const all = this.transports.map((transport) => this.#statsOf(transport));
    const shown = carrier?.transport?.stats() ?? null;
    return {
      peer_id: this.id,
      state: this.#state.name === 'ended' ? 'closed' : carrier === null ? 'negotiating' : 'connected',
      transport: carrier?.kind ?? null,
      ...all.reduce(addCounts, this.#past.counts),
      malformed_messages: all.reduce((sum, stats) => sum + stats.malformed_messages, this.#past.malformed),
      round_trip_ms: shown?.round_trip_ms ?? null,
      fraction_lost: shown?.fraction_lost ?? null,
      estimated_bitrate_kbps: shown?.estimated_bitrate_kbps ?? null,
      estimate_source: shown?.estimate_source ?? null,
      estimate_is_minimum: shown?.estimate_is_minimum ?? false,
    };
  }

  /** Closes it and all its transports. Idempotent; emits `closed` before it returns. */
  close(error: MoonshareError | null): void {
    if (this.#state.name === 'ended') return;
    const { transports } = this;
    this.#state = { name: 'ended' };
    for (const transport of transports) transport.close(error);
    this.#events.closed(error);
  }

  #eventsOf(carrier: Carrier): TransportEvents {
    const events = this.#events;
    const ifThere = (then: () => void) => () => {
      if (this.#has(carrier)) then();
    };
    const ifConnected = (then: (transport: ViewerTransport) => void) => () => {
      if (carrier.transport !== null && carrier.isConnected && this.#has(carrier)) then(carrier.transport);
    };
    return {
      opened: ifThere(() => this.#onOpened()),
      connected: ifThere(() => {
        carrier.isConnected = true;
        this.#onConnected(carrier);
      }),
      input: (event) => {
        if (this.#has(carrier) && !this.#isOutdated(carrier, event)) events.input(event);
      },
      // What was lost where the input has left was outdated.
      inputLost: ifThere(() => {
        if (carrier !== this.#inputLeft) events.inputLost();
      }),
      keyFrameNeeded: ifConnected((transport) => events.keyFrameNeeded(transport)),
      frameDropped: ifConnected((transport) => events.frameDropped(transport)),
      silent: ifThere(() => this.#checkSilence()),
      closed: (error) => this.#onClosed(carrier, error),
    };
  }

  #onOpened(): void {
    if (this.#wasOpened) return;
    this.#wasOpened = true;
    this.#events.opened();
  }

  /** An engine may report this before it has returned the transport: it then takes effect once it has. */
  #onConnected(carrier: Carrier): void {
    if (carrier.transport === null) return;
    const isFirst = !this.#wasConnected;
    this.#wasConnected = true;
    this.#events.connected(carrier.transport, isFirst);
    this.#arrange(this.#carriers());
  }

  /**
   * A browser that moves its input to another transport tells that one first what it holds. What was still on its way over the one
   * before is older: a key that it presses would stay down, since its release has come already.
   */
  #isOutdated(carrier: Carrier, { kind }: ViewerInput): boolean {
    if (carrier === this.#inputLeft) return !ADDS.has(kind);
    if (carrier !== this.#inputBy) this.#inputLeft = this.#inputBy;
    this.#inputBy = carrier;
    return false;
  }

  #checkSilence(): void {
    const connected = this.#carriers().filter(({ isConnected }) => isConnected);
    if (connected.every(({ transport }) => transport?.isSilent)) this.#events.silent();
  }

  #onClosed(carrier: Carrier, error: MoonshareError | null): void {
    const { transport } = carrier;
    if (transport !== null) {
      const stats = this.#statsOf(transport);
      this.#past.counts = addCounts(this.#past.counts, stats);
      this.#past.malformed += stats.malformed_messages;
      carrier.transport = null;
    }
    this.#events.left(carrier.kind, transport, error);
    if (!this.#has(carrier)) return;
    const others = this.#carriers().filter((each) => each !== carrier);
    if (others.length > 0) {
      this.#arrange(others);
      // The one that is left may have fallen silent before.
      if (this.#carrying() !== null) this.#checkSilence();
    } else {
      this.#state = { name: 'ended' };
      this.#events.closed(error);
    }
  }

  /** These are its transports from now on, in the order in which they came. Says who carries the picture if that has changed. */
  #arrange(carriers: readonly Carrier[]): void {
    const [first, second] = carriers;
    invariant(first !== undefined && carriers.length <= 2, 'a participant has one transport of each kind');
    if (second === undefined) {
      this.#state = { name: 'one', carrier: first };
      this.#inputLeft = null;
    } else if (second.isConnected && !first.isConnected) this.#state = { name: 'moving', from: second, to: first };
    else this.#state = { name: 'moving', from: first, to: second };
    const kind = this.#carrying()?.kind ?? null;
    if (kind === this.#carriedBy) return;
    this.#carriedBy = kind;
    if (kind !== null) this.#events.carried(kind);
    else this.#events.uncarried();
  }

  #carriers(): readonly Carrier[] {
    switch (this.#state.name) {
      case 'one':
        return [this.#state.carrier];
      case 'moving':
        return [this.#state.from, this.#state.to];
      case 'none':
      case 'ended':
        return [];
    }
  }

  #carrying(): Carrier | null {
    const [first] = this.#carriers();
    return first?.isConnected ? first : null;
  }

  #has(carrier: Carrier): boolean {
    return this.#carriers().includes(carrier);
  }

  #statsOf(transport: ViewerTransport) {
    const stats = transport.stats();
    return { ...stats, frames_dropped: stats.frames_dropped + this.#framesDropped(transport) };
  }
}

function isNegotiated(transport: ViewerTransport): transport is NegotiatedTransport {
  return transport.kind === 'webrtc';
}
