import {
  type EngineStatistics,
  type FromStreamer,
  type GeneralMessage,
  type HostState,
  type InputAnswer,
  MoonshareError,
  type Negotiation,
  type StreamerInit,
  type StreamerStatistics,
  type ToStreamer,
  type ViewerInput,
} from '@moonshare/contract';
import { type AccessUnit, type GameStream, WakeTimer } from '@moonshare/gamestream';
import type { Logger } from 'pino';
import { Fanout } from '../fanout/fanout.ts';
import { KeyFramePolicy, type KeyFrameRequest } from '../fanout/key-frame-policy.ts';
import { HostSession } from '../host-session/host-session.ts';
import type { HostSessionState } from '../host-session/types.ts';
import { supportsFineScroll } from '../input/wheel.ts';
import { SoundRouter } from '../sound/sound-router.ts';
import { StatisticsCollector } from '../statistics/statistics-collector.ts';
import type { StreamFormat, TransportEngine, ViewerTransport } from '../viewer/transport.ts';
import { streamFormat } from './format.ts';
import { hostLogLevel } from './host-log-level.ts';
import { HostQuality, QUALITY_INTERVAL_MS, type Quality } from './host-quality.ts';
import { InputRelay } from './input-relay.ts';

type AddPeer = Extract<ToStreamer, { type: 'addPeer' }>;

export interface StreamRelayOptions {
  init: StreamerInit;
  engine: TransportEngine;
  /** To the server. */
  send: (message: FromStreamer) => void;
  log: Logger;
}

/** One host session and its viewers: media out, input in, and reports to the server. */
export class StreamRelay {
  readonly #init: StreamerInit;
  readonly #engine: TransportEngine;
  readonly #send: (message: FromStreamer) => void;
  readonly #log: Logger;
  readonly #session: HostSession;
  readonly #fanout = new Fanout<ViewerTransport>();
  readonly #sound: SoundRouter;
  readonly #keyFrames = new KeyFramePolicy();
  readonly #keyFrameTimer = new WakeTimer<KeyFrameRequest>(
    (now) => this.#keyFrames.advance(now),
    () => this.#session.current?.stream.requestIdr(),
  );
  readonly #quality = new HostQuality();
  #qualityTimer: NodeJS.Timeout | undefined;
  readonly #viewers = new Map<string, ViewerTransport>();
  readonly #statistics: StatisticsCollector;
  readonly #input: InputRelay;
  #host: HostState | null = null;
  /** Of the stream that is up; null until its first key frame. */
  #format: StreamFormat | null = null;
  /** The stream whose first key frame gave `#format`. */
  #formatOf: GameStream | null = null;
  /** The stream that was last logged for its large frames. */
  #tooLargeOf: GameStream | null = null;

  constructor({ init, engine, send, log }: StreamRelayOptions) {
    this.#init = init;
    this.#engine = engine;
    this.#send = send;
    this.#log = log;
    this.#sound = new SoundRouter(engine, log);
    this.#session = new HostSession({
      address: init.host.address,
      httpPort: init.host.httpPort,
      hostCertificate: init.host.certificate,
      identity: init.identity,
      appId: init.app.app_id,
      resume: init.resume,
      launchLimitMs: init.launchLimitMs,
      settings: init.settings,
      videoTimeoutMs: init.videoTimeoutMs,
      gamepadMask: () => this.#input.gamepadMask,
    });
    this.#statistics = new StatisticsCollector({
      viewers: () => [...this.#viewers.values()].map((viewer) => this.#carried(viewer)),
      hostBytes: () => this.#session.totals().video.bytes,
    });
    this.#input = new InputRelay({
      host: () => this.#session.current?.stream ?? null,
      players: (id, players) => this.#send({ type: 'gamepadPlayers', peerId: id, players }),
      counters: this.#statistics,
      log,
    });
    this.#listen();
  }

  start(): void {
    this.#session.start();
  }

  receive(message: Exclude<ToStreamer, { type: 'init' | 'stop' }>): void {
    switch (message.type) {
      case 'addPeer':
        this.#addViewer(message);
        if (message.succeeds !== undefined) this.#input.succeed(message.succeeds, message.peerId);
        return;
      case 'fromPeer':
        this.#signal(message.peerId, message.message);
        return;
      case 'getLastFrame':
        this.#sendLastFrame(message.peerId);
        return;
      case 'removePeer':
        if (message.mayReturn) this.#input.keep(message.peerId);
        else this.#input.keepNothing(message.peerId);
        this.#viewers.get(message.peerId)?.close(null);
        return;
      case 'launchGranted':
        this.#session.grantSlot();
        return;
      case 'bitrateChanged':
        this.#session.bitrateChanged(message.bitrate);
        return;
      case 'input':
        this.#send({ type: 'inputDone', requestId: message.requestId, outcome: { answer: this.#agentInput(message) } });
        return;
      case 'getStats':
        this.#send({ type: 'stats', requestId: message.requestId, stats: this.stats() });
        return;
    }
  }

  stats(): StreamerStatistics {
    const { packetsToHost, ...totals } = this.#session.totals();
    const { hostBitrateKbps, inputEvents, inputRefused, ...own } = this.#statistics.measure();
    const round_trip_ms = this.#session.current?.stream.stats().rttMs ?? null;
    return {
      host: { round_trip_ms, bitrate_kbps: hostBitrateKbps, ...totals },
      input: { events: inputEvents, refused: inputRefused, packets_to_host: packetsToHost },
      ...own,
    };
  }

  /** Frames can be dropped by the engine or before it. */
  #carried(viewer: ViewerTransport): EngineStatistics {
    const stats = viewer.stats();
    return { ...stats, frames_dropped: stats.frames_dropped + this.#fanout.framesDropped(viewer) };
  }

  /** Releases everything held and leaves the host. Viewers are not told: another process takes over. */
  async leave(): Promise<void> {
    this.#session.removeAllListeners();
    await this.#leaveHost();
  }

  /** Releases everything held, leaves the host and closes all viewers. The app keeps running. */
  async stop(): Promise<void> {
    await this.#leaveHost();
    await this.#engine.close();
    this.#statistics.close();
  }

  async #leaveHost(): Promise<void> {
    this.#input.releaseAll();
    await this.#session.stop();
    this.#sound.close();
    this.#input.close();
    this.#keyFrameTimer.stop();
    clearInterval(this.#qualityTimer);
  }

  #listen(): void {
    const session = this.#session;
    session.on('slotWanted', () => this.#send({ type: 'launchWanted' }));
    session.on('slotReleased', () => this.#send({ type: 'launchDone' }));
    session.on('state', (state) => this.#onHostState(state));
    session.on('info', (currentGame) => this.#send({ type: 'hostInfo', currentGame }));
    session.on('launching', (verb) => this.#send({ type: 'launching', verb }));
    session.on('launchAnswered', ({ refused }) => this.#send({ type: 'launchAnswered', refused }));
    session.on('setUp', ({ pingPayload }) => this.#send({ type: 'streamSetUp', pingPayload }));
    session.on('video', (unit) => this.#onVideo(unit));
    session.on('audio', (packet) => this.#sound.send(packet, this.#fanout.all()));
    session.on('keyFrameNeeded', () => this.#keyFrameTimer.take(this.#keyFrames.streamNeeds(performance.now())));
    session.on('feedback', (message) => {
      const felt = this.#input.feedback(message);
      if (felt !== null) this.#viewers.get(felt.viewer)?.sendFeedback(felt.feedback);
    });
  }

  #addViewer({ peerId: id, role, owners = [] }: AddPeer): void {
    this.#log.info({ peer: id, role }, 'viewer joined');
    this.#statistics.viewers.joined(id, performance.now());
    const account = this.#input.join(id, role, owners);
    try {
      const viewer = this.#engine.addTransport({
        id,
        role,
        account,
        events: {
          signal: ({ Signaling: message }) => this.#send({ type: 'negotiation', peerId: id, message }),
          opened: () => this.#send({ type: 'peerOpened', peerId: id }),
          connected: () => this.#onConnected(id),
          input: (event) => this.#input.take(id, event),
          inputLost: () => this.#onInputLost(id),
          keyFrameNeeded: () => this.#onKeyFrameRequest(id),
          frameDropped: () => this.#onFrameDropped(id),
          silent: () => this.#onSilent(id),
          closed: (error) => this.#onClosed(id, error),
        },
      });
      this.#viewers.set(id, viewer);
      if (this.#quality.current !== 'Ok') viewer.sendGeneral(statusUpdate(this.#quality.current));
    } catch (cause) {
      this.#onClosed(id, MoonshareError.from(cause));
    }
  }

  #sendLastFrame(id: string): void {
    const viewer = this.#viewers.get(id);
    if (viewer === undefined) return;
    const at = this.#fanout.dueAt(viewer);
    this.#send({ type: 'lastFrame', peerId: id, ageMs: at === null ? null : performance.now() - at });
  }

  #signal(id: string, message: Negotiation): void {
    const viewer = this.#viewers.get(id);
    try {
      viewer?.signal(message);
    } catch (cause) {
      this.#log.info({ err: cause, peer: id }, 'a message of a peer was refused');
      viewer?.close(new MoonshareError('BAD_REQUEST', { cause }));
    }
  }

  #onConnected(id: string): void {
    const viewer = this.#viewers.get(id);
    if (viewer === undefined) return;
    this.#input.keepNothing(id);
    this.#fanout.join(viewer);
    this.#log.info({ peer: id }, 'viewer connected');
    this.#send({ type: 'peerConnected', peerId: id });
    const now = performance.now();
    const account = this.#input.accountOf(id);
    if (account !== null) this.#keyFrameTimer.take(this.#keyFrames.viewerJoins(account, now));
  }

  #onKeyFrameRequest(id: string): void {
    const account = this.#input.accountOf(id);
    if (account !== null) this.#keyFrameTimer.take(this.#keyFrames.viewerRequests(account, performance.now()));
  }

  /** A release may be among the dropped input. */
  #onInputLost(id: string): void {
    this.#log.warn({ peer: id }, 'viewer sends too much, some of its input is dropped and what it held is released');
    this.#input.release(id);
  }

  /** It may be frozen with something held, and come back. */
  #onSilent(id: string): void {
    this.#log.info({ peer: id }, 'viewer is silent, what it held is released');
    this.#input.release(id);
  }

  #onFrameDropped(id: string): void {
    const viewer = this.#viewers.get(id);
    if (viewer !== undefined) this.#onDropped([viewer]);
  }

  #onDropped(viewers: readonly ViewerTransport[]): void {
    this.#fanout.dropped(viewers);
    const now = performance.now();
    for (const { id } of viewers) {
      const account = this.#input.accountOf(id);
      if (account !== null) this.#keyFrameTimer.take(this.#keyFrames.viewerNeeds(account, now));
    }
  }

  /** Null: no stream is up. */
  #agentInput({ events, release }: { events: ViewerInput[]; release: boolean }): InputAnswer | null {
    return this.#host?.state === 'streaming' ? this.#input.takeOfAgent(events, release) : null;
  }

  #onClosed(id: string, error: MoonshareError | null): void {
    const viewer = this.#viewers.get(id);
    this.#log.info({ peer: id, code: error?.code }, 'viewer left');
    this.#statistics.viewers.left(id, viewer === undefined ? null : this.#carried(viewer));
    if (viewer !== undefined) this.#fanout.leave(viewer);
    this.#viewers.delete(id);
    this.#input.leave(id);
    this.#send({ type: 'peerClosed', peerId: id, error: error?.toBody() ?? null });
  }

  #onVideo(unit: AccessUnit): void {
    if (unit.keyFrame) {
      this.#keyFrames.keyFrame(performance.now());
      this.#updateFormat(unit);
    }
    // Also with no viewers: engines follow the stream's clock.
    const due = this.#fanout.due(unit, performance.now());
    const dropped = this.#engine.sendVideo(unit, due);
    this.#onDropped(dropped);
    if (due.length > 0 && unit.data.length > this.#engine.largestFrame) this.#onTooLarge(unit.data.length);
    if (this.#statistics.viewers.isAnyWaiting) this.#noteFirstFrames(due, dropped);
  }

  /** The operator can help; nobody else sees why there is no picture. */
  #onTooLarge(bytes: number): void {
    const stream = this.#session.current?.stream ?? null;
    if (stream === this.#tooLargeOf) return;
    this.#tooLargeOf = stream;
    const most = this.#engine.largestFrame;
    this.#log.warn({ bytes, most }, 'frames are too large for browsers to show: lower the bitrate or the resolution');
  }

  #noteFirstFrames(due: readonly ViewerTransport[], dropped: readonly ViewerTransport[]): void {
    for (const viewer of due) {
      if (dropped.includes(viewer)) continue;
      const ms = this.#statistics.viewers.frameSent(viewer.id, performance.now());
      if (ms === null) continue;
      this.#log.info({ peer: viewer.id, ms }, 'first frame sent');
      this.#send({ type: 'peerFirstFrame', peerId: viewer.id, ms });
    }
  }

  /** The first key frame of each stream settles the format. Each stream has its own clocks, so it is always passed on. */
  #updateFormat(keyFrame: AccessUnit): void {
    const open = this.#session.current;
    if (open === null || this.#formatOf === open.stream) return;
    this.#formatOf = open.stream;
    this.#format = streamFormat(open, keyFrame);
    this.#engine.setFormat(this.#format);
    this.#sound.setFormat(this.#format);
  }

  #onHostState(session: HostSessionState): void {
    const before = this.#host;
    const host: HostState = session.state === 'streaming' ? { ...session, format: this.#hostFormat() } : session;
    this.#log[hostLogLevel(before, host)]({ host }, 'host session');
    this.#host = host;
    if (before?.state === 'streaming' && host.state !== 'streaming') {
      this.#input.hostDown();
      this.#keyFrames.reset();
      clearInterval(this.#qualityTimer);
    }
    if (host.state === 'streaming') this.#onStreaming();
    if (host.state === 'ended') for (const viewer of this.#viewers.values()) viewer.sendGeneral('ConnectionTerminated');
    this.#send({ type: 'hostState', host });
  }

  #onStreaming(): void {
    const session = this.#session.current?.stream.session;
    const fineWheel = session !== undefined && supportsFineScroll(this.#init.settings.wheel_steps, session);
    this.#input.hostUp({ touch: this.#format?.touch ?? false, fineWheel });
    if (this.#fanout.waiting) this.#keyFrameTimer.take(this.#keyFrames.streamNeeds(performance.now()));
    this.#quality.restart();
    this.#qualityTimer = setInterval(() => this.#checkQuality(), QUALITY_INTERVAL_MS);
  }

  #checkQuality(): void {
    const quality = this.#quality.next(this.#session.totals().video);
    if (quality === null) return;
    this.#log.info({ quality }, 'the network to the host');
    for (const viewer of this.#viewers.values()) viewer.sendGeneral(statusUpdate(quality));
  }

  /** Of the stream that is up. */
  #hostFormat(): Extract<HostState, { state: 'streaming' }>['format'] {
    const { width, height } = this.#format ?? this.#init.settings;
    return { width, height, touch: this.#format?.touch ?? false };
  }
}

function statusUpdate(status: Quality): GeneralMessage {
  return { ConnectionStatusUpdate: { status } };
}
