import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import {
  type FromStreamer,
  type HostState,
  type Role,
  type StreamerInit,
  streamSettingsSchema,
  type TransportKind,
  type ViewerFeedback,
  type ViewerInput,
} from '@moonshare/contract';
import { type AccessUnit, type AudioPacket, HostClient } from '@moonshare/gamestream';
import {
  Engines,
  type NegotiatedTransport,
  type NegotiatingEngine,
  type SocketEngine,
  type StreamFormat,
  StreamRelay,
  type TransportEvents,
  type TransportOptions,
  type TransportStatistics,
  type ViewerTransport,
} from '@moonshare/streamer';
import pino from 'pino';
import type { PairedHost } from './paired-host.ts';

/** A transport without a network: keeps what it gets, and does as the test says. */
export class MemoryTransport implements NegotiatedTransport {
  readonly kind: TransportKind;
  readonly sound = 'unchanged';
  isSilent = false;
  readonly events: TransportEvents;
  readonly units: AccessUnit[] = [];
  readonly feedback: ViewerFeedback[] = [];
  readonly general: unknown[] = [];
  audioPackets = 0;
  /** Takes no frame whole, like one whose queue is full. */
  stalled = false;
  #waiting: { wanted: (unit: AccessUnit) => boolean; resolve: (unit: AccessUnit) => void }[] = [];
  #closed = false;
  readonly #onClose: () => void;

  constructor(kind: TransportKind, events: TransportEvents, onClose: () => void) {
    this.kind = kind;
    this.events = events;
    this.#onClose = onClose;
  }

  input(...events: ViewerInput[]): void {
    for (const event of events) this.events.input(event);
  }

  take(unit: AccessUnit): void {
    this.units.push(unit);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ wanted }) => !wanted(unit));
    for (const { wanted, resolve } of waiting) if (wanted(unit)) resolve(unit);
  }

  next(wanted: (unit: AccessUnit) => boolean = () => true): Promise<AccessUnit> {
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  fallSilent(): void {
    this.isSilent = true;
    this.events.silent();
  }

  signal(): void {}

  sendFeedback(feedback: ViewerFeedback): void {
    this.feedback.push(feedback);
  }

  sendGeneral(message: unknown): void {
    this.general.push(message);
  }

  stats(): TransportStatistics {
    const none = { bytes_sent: 0, packets_sent: 0, nacks_received: 0, packets_resent: 0, plis_received: 0 };
    const frames = {
      frames_sent: this.units.length,
      frames_dropped: 0,
      malformed_messages: 0,
      round_trip_ms: null,
      fraction_lost: null,
      estimated_bitrate_kbps: null,
      estimate_source: null,
      estimate_is_minimum: false,
    };
    return { state: 'connected', ...none, ...frames };
  }

  close(error: Parameters<TransportEvents['closed']>[0]): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.events.closed(error);
  }
}

class MemoryEngine implements NegotiatingEngine, SocketEngine {
  readonly largestFrame = 2_800_000;
  readonly stackUse = { name: 'native', missing: null } as const;
  readonly tcpError = null;
  /** By the ID of the peer. */
  readonly transports = new Map<string, MemoryTransport>();
  readonly formats: StreamFormat[] = [];
  readonly #kind: TransportKind;

  constructor(kind: TransportKind) {
    this.#kind = kind;
  }

  addTransport({ id, events }: TransportOptions): MemoryTransport {
    const transport: MemoryTransport = new MemoryTransport(this.#kind, events, () => {
      if (this.transports.get(id) === transport) this.transports.delete(id);
    });
    this.transports.set(id, transport);
    return transport;
  }

  setFormat(format: StreamFormat): void {
    this.formats.push(format);
  }

  sendVideo(unit: AccessUnit, transports: readonly ViewerTransport[]): readonly ViewerTransport[] {
    const stalled = (transports as readonly MemoryTransport[]).filter((transport) => transport.stalled);
    for (const transport of transports as readonly MemoryTransport[]) if (!transport.stalled) transport.take(unit);
    return stalled;
  }

  sendAudio(_packet: AudioPacket, transports: readonly ViewerTransport[]): void {
    for (const transport of transports as readonly MemoryTransport[]) transport.audioPackets += 1;
  }

  async close(): Promise<void> {
    for (const transport of [...this.transports.values()]) transport.close(null);
  }
}

export function streamerInit(host: PairedHost, changes: Partial<StreamerInit> = {}): StreamerInit {
  const { app } = host;
  return {
    type: 'init',
    streamerId: 'test',
    host: { address: host.address, httpPort: host.httpPort, certificate: host.certificate },
    identity: host.identity,
    app: { app_id: app.id, title: app.title, is_hdr_supported: app.hdr },
    settings: streamSettingsSchema.parse({ width: 640, height: 360, fps: 30, bitrate: 2_000 }),
    resume: false,
    videoTimeoutMs: 2_000,
    launchLimitMs: 60_000,
    webrtc: { iceServers: [], udpPort: 0, bindAddress: '127.0.0.1', maxViewers: 64 },
    logLevel: 'fatal',
    ...changes,
  };
}

const running = new Set<StreamRelay>();

/** For `after`: a failed test leaves its streamer running, which keeps this process alive. */
export async function stopAllStreamers(): Promise<void> {
  for (const streamer of running) await streamer.stop();
}

const START_ATTEMPTS = 3;

/** Instead of those in memory. */
interface Network {
  webrtc?: NegotiatingEngine;
  websocket?: SocketEngine;
}

/** A streamer in this process with engines in memory, and the server's end of its messages. */
export class TestStreamer {
  readonly webrtc = new MemoryEngine('webrtc');
  readonly websocket = new MemoryEngine('websocket');
  readonly sent: FromStreamer[] = [];
  /** The warnings it has logged. */
  readonly warnings: string[] = [];
  readonly relay: StreamRelay;
  readonly #init: StreamerInit;
  readonly #listeners: ((message: FromStreamer) => void)[] = [];
  #waiting: { wanted: (message: FromStreamer) => boolean; resolve: (message: FromStreamer) => void }[] = [];

  constructor(init: StreamerInit, network: Network = {}) {
    this.#init = init;
    const log = pino({ level: 'warn' }, { write: (line) => this.warnings.push(JSON.parse(line).msg) });
    const engines = new Engines({ webrtc: this.webrtc, websocket: this.websocket, ...network });
    this.relay = new StreamRelay({ init, engines, send: (message) => this.#take(message), log });
    running.add(this.relay);
  }

  /** `cancelApp`: ends the app afterwards, as a server does. */
  async stop(cancelApp: boolean): Promise<void> {
    running.delete(this.relay);
    await this.relay.stop();
    if (!cancelApp) return;
    const { host, identity } = this.#init;
    const client = new HostClient({ ...host, identity, hostCertificate: host.certificate });
    const { paired, currentGame } = await client.serverInfo().catch(() => ({ paired: false, currentGame: 0 }));
    if (paired && currentGame === this.#init.app.app_id) await client.cancel();
  }

  /** Starts and waits until the host session is up; again where a busy machine took longer than a start may. */
  static async up(
    host: PairedHost,
    { network, ...changes }: Partial<StreamerInit> & { network?: Network } = {},
  ): Promise<TestStreamer> {
    for (let attempt = 1; ; attempt++) {
      const test = new TestStreamer(streamerInit(host, changes), network);
      const up = test.next(isUp);
      test.start();
      await up;
      const state = test.hostStates.at(-1);
      if (state?.state !== 'ended') return test;
      await test.stop(true);
      if (attempt === START_ATTEMPTS) throw new Error(`no start of ${attempt}: ${state.error?.code}`);
    }
  }

  /** Includes the launch turn, which a server requests by itself the first time. */
  start(): void {
    this.relay.start();
    this.#grantLaunch();
  }

  /** The next matching message from now on. */
  next(wanted: (message: FromStreamer) => boolean): Promise<FromStreamer> {
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  /** The next time the host session enters this state. */
  async host<S extends HostState['state']>(state: S): Promise<Extract<HostState, { state: S }>> {
    const message = await this.next((m) => m.type === 'hostState' && m.host.state === state);
    return (message as Extract<FromStreamer, { type: 'hostState' }>).host as Extract<HostState, { state: S }>;
  }

  /** Returns its WebRTC transport. */
  join(peerId: string, { role = 'full', ...succeeds }: { role?: Role; succeeds?: string } = {}): MemoryTransport {
    this.relay.receive({ type: 'addPeer', peerId, role, transports: ['webrtc', 'websocket'], ...succeeds });
    return this.webrtc.transports.get(peerId)!;
  }

  /** Its browser opens a media socket: returns the transport. */
  openSocket(peerId: string): MemoryTransport {
    const request = { url: '/', headers: {} };
    this.relay.receiveSocket(peerId, { socket: new PassThrough(), request, head: Buffer.alloc(0) });
    return this.websocket.transports.get(peerId)!;
  }

  receive(message: Parameters<StreamRelay['receive']>[0]): void {
    this.relay.receive(message);
  }

  /** Calls this for each message to the server from now on. */
  listen(listener: (message: FromStreamer) => void): void {
    this.#listeners.push(listener);
  }

  /** What the server was told about one peer, oldest first. */
  sentOf<T extends FromStreamer['type']>(type: T, peerId: string): Extract<FromStreamer, { type: T }>[] {
    const isOfIt = (message: FromStreamer): message is Extract<FromStreamer, { type: T }> =>
      message.type === type && 'peerId' in message && message.peerId === peerId;
    return this.sent.filter(isOfIt);
  }

  /** The states of the host session, oldest first. */
  get hostStates(): HostState[] {
    return this.sent.flatMap((message) => (message.type === 'hostState' ? [message.host] : []));
  }

  #take(message: FromStreamer): void {
    this.sent.push(message);
    for (const listener of this.#listeners) listener(message);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ wanted }) => !wanted(message));
    for (const { wanted, resolve } of waiting) if (wanted(message)) resolve(message);
    if (message.type === 'launchWanted') this.#grantLaunch();
  }

  /** Later, as a server does, not within the call that requests it. */
  #grantLaunch(): void {
    setImmediate(() => this.relay.receive({ type: 'launchGranted' }));
  }
}

/** The end of a start: streaming, or ended. */
export const isUp = (message: FromStreamer): boolean =>
  message.type === 'hostState' && (message.host.state === 'streaming' || message.host.state === 'ended');

export const A = 0x41;
export const key = (down: boolean, virtualKey = A): ViewerInput => ({ kind: 'key', down, virtualKey, modifiers: 0 });

/** Lets media through, like a browser whose connection is up. */
export function connect(viewer: MemoryTransport): Promise<unknown> {
  const first = viewer.next();
  viewer.events.connected();
  return first;
}

export function assertDecodable(viewer: MemoryTransport): void {
  assert.ok(viewer.units[0]?.keyFrame);
  for (const [index, unit] of viewer.units.entries()) {
    if (!unit.keyFrame) assert.equal(unit.frameIndex, viewer.units[index - 1]!.frameIndex + 1);
  }
}
