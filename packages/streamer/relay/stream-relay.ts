import type {
  FromStreamer,
  GeneralMessage,
  HostState,
  InputAnswer,
  MoonshareError,
  Negotiation,
  StreamerInit,
  StreamerStatistics,
  ToStreamer,
  TransportKind,
  ViewerInput,
} from '@moonshare/contract';
import { type AccessUnit, type GameStream, WakeTimer } from '@moonshare/gamestream';
import type { Logger } from 'pino';
import { Fanout, type FanoutEvent } from '../fanout/fanout.ts';
import { KeyFramePolicy, type KeyFrameRequest } from '../fanout/key-frame-policy.ts';
import { HostSession } from '../host-session/host-session.ts';
import type { HostSessionState } from '../host-session/types.ts';
import { supportsFineScroll } from '../input/wheel.ts';
import { SoundRouter } from '../sound/sound-router.ts';
import { StatisticsCollector } from '../statistics/statistics-collector.ts';
import type { Engines } from '../viewer/engines.ts';
import { Participant } from '../viewer/participant.ts';
import type { MediaConnection, SocketEngine, StreamFormat, ViewerTransport } from '../viewer/transport.ts';
import { streamFormat } from './format.ts';
import { hostLogLevel } from './host-log-level.ts';
import { HostQuality, QUALITY_INTERVAL_MS, type Quality } from './host-quality.ts';
import { InputRelay } from './input-relay.ts';
import { RungReports } from './rung-reports.ts';

type AddPeer = Extract<ToStreamer, { type: 'addPeer' }>;

export interface StreamRelayOptions {
  init: StreamerInit;
  engines: Engines;
  /** To the server. */
  send: (message: FromStreamer) => void;
  log: Logger;
}

/** One host session and its viewers: media out, input in, and reports to the server. */
export class StreamRelay {
  readonly #init: StreamerInit;
  readonly #engines: Engines;
  readonly #send: (message: FromStreamer) => void;
  readonly #log: Logger;
  readonly #session: HostSession;
  readonly #fanout = new Fanout<ViewerTransport>();
  readonly #fanoutTimer = new WakeTimer<FanoutEvent<ViewerTransport>>(
    (now) => this.#fanout.advance(now),
    (event) => this.#onFanout(event),
  );
  readonly #rungs: RungReports;
  readonly #sound: SoundRouter;
  readonly #keyFrames = new KeyFramePolicy();
  readonly #keyFrameTimer = new WakeTimer<KeyFrameRequest>(
    (now) => this.#keyFrames.advance(now),
    () => this.#session.current?.stream.requestIdr(),
  );
  readonly #quality = new HostQuality();
  #qualityTimer: NodeJS.Timeout | undefined;
  readonly #participants = new Map<string, Participant>();
  /** Whose the transports in the fan-out are. */
  readonly #owners = new Map<ViewerTransport, Participant>();
  readonly #statistics: StatisticsCollector;
  readonly #input: InputRelay;
  #host: HostState | null = null;
  /** Of the stream that is up; null until its first key frame. */
  #format: StreamFormat | null = null;
  /** The stream whose first key frame gave `#format`. */
  #formatOf: GameStream | null = null;
  /** The stream that was last logged for its large frames. */
  #tooLargeOf: GameStream | null = null;

  constructor({ init, engines, send, log }: StreamRelayOptions) {
    this.#init = init;
    this.#engines = engines;
    this.#send = send;
    this.#log = log;
    this.#sound = new SoundRouter(engines, log);
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
    this.#rungs = new RungReports({
      fanout: this.#fanout,
      measured: (now) => this.#fanoutTimer.take(this.#fanout.advance(now)),
      send,
      log,
    });
    this.#statistics = new StatisticsCollector({
      viewers: () =>
        [...this.#participants.values()].map((participant) => ({
          ...participant.stats(),
          rung: this.#rungs.rung(participant),
        })),
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

  receive(message: Exclude<ToStreamer, { type: 'init' | 'stop' | 'mediaSocket' }>): void {
    switch (message.type) {
      case 'addPeer':
        this.#addParticipant(message);
        if (message.succeeds !== undefined) this.#input.succeed(message.succeeds, message.peerId);
        return;
      case 'fromPeer':
        this.#participants.get(message.peerId)?.signal(message.message);
        return;
      case 'restartWebRtc':
        this.#restartWebRtc(message.peerId);
        return;
      case 'useTransport':
        this.#participants.get(message.peerId)?.use(message.transport);
        return;
      case 'getLastFrame':
        this.#sendLastFrame(message.peerId);
        return;
      case 'removePeer':
        if (message.mayReturn) this.#input.keep(message.peerId);
        else this.#input.keepNothing(message.peerId);
        this.#participants.get(message.peerId)?.close(null);
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

  /** The socket is destroyed if there is no such peer, or it may not use it. */
  receiveSocket(peerId: string, connection: MediaConnection): void {
    const participant = this.#participants.get(peerId);
    const engine = this.#engines.websocket;
    if (engine !== null && participant?.mayUse('websocket')) this.#addWebSocket(participant, engine, connection);
    else connection.socket.destroy();
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

  /** Releases everything held and leaves the host. Viewers are not told: another process takes over. */
  async leave(): Promise<void> {
    this.#session.removeAllListeners();
    await this.#leaveHost();
  }

  /** Releases everything held, leaves the host and closes all viewers. The app keeps running. */
  async stop(): Promise<void> {
    await this.#leaveHost();
    await this.#engines.close();
    this.#statistics.close();
  }

  async #leaveHost(): Promise<void> {
    this.#input.releaseAll();
    await this.#session.stop();
    this.#sound.close();
    this.#input.close();
    this.#rungs.close();
    this.#fanoutTimer.stop();
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
      if (felt !== null) this.#participants.get(felt.viewer)?.sendFeedback(felt.feedback);
    });
  }

  #addParticipant({ peerId: id, role, owners = [], transports = ['webrtc'] }: AddPeer): void {
    this.#log.info({ peer: id, role }, 'viewer joined');
    this.#statistics.viewers.joined(id, performance.now());
    const participant: Participant = new Participant({
      id,
      role,
      kinds: transports,
      account: this.#input.join(id, role, owners),
      framesDropped: (transport) => this.#fanout.framesDropped(transport),
      events: {
        opened: () => this.#send({ type: 'peerOpened', peerId: id }),
        connected: (transport, isFirst) => this.#onConnected(participant, transport, isFirst),
        carried: (by) => this.#onCarried(participant, by),
        uncarried: () => this.#input.keep(id),
        input: (event) => this.#input.take(id, event),
        inputLost: () => this.#onInputLost(id),
        keyFrameNeeded: (transport) => this.#onKeyFrameRequest(participant, transport),
        frameDropped: (transport) => this.#onDropped([transport]),
        silent: () => this.#onSilent(id),
        left: (kind, transport, error) => this.#onLeft(id, kind, transport, error),
        closed: (error) => this.#onClosed(participant, error),
      },
    });
    this.#participants.set(id, participant);
    if (participant.mayUse('webrtc')) this.#addWebRtc(participant);
  }

  /** Its browser has begun anew, which costs it as much as a description. */
  #restartWebRtc(peerId: string): void {
    const participant = this.#participants.get(peerId);
    if (!participant?.mayUse('webrtc')) return;
    if (participant.account.spend('descriptions', 1, performance.now()) === 'within') this.#addWebRtc(participant);
  }

  #addWebRtc(participant: Participant): void {
    const { id, role, account } = participant;
    const signal = ({ Signaling: message }: { Signaling: Negotiation }) =>
      this.#send({ type: 'negotiation', peerId: id, message });
    const transport = participant.add('webrtc', (events) =>
      this.#engines.webrtc.addTransport({ id, role, account, events: { ...events, signal } }),
    );
    this.#welcome(transport);
  }

  #addWebSocket(participant: Participant, engine: SocketEngine, connection: MediaConnection): void {
    const { id, role, account } = participant;
    const transport = participant.add('websocket', (events) =>
      engine.addTransport({ id, role, account, events }, connection),
    );
    this.#welcome(transport);
  }

  #welcome(transport: ViewerTransport | null): void {
    if (this.#quality.current !== 'Ok') transport?.sendGeneral(statusUpdate(this.#quality.current));
  }

  #sendLastFrame(id: string): void {
    const participant = this.#participants.get(id);
    if (participant === undefined) return;
    const dueAt = participant.transports.map((transport) => this.#fanout.dueAt(transport) ?? Number.NEGATIVE_INFINITY);
    const at = Math.max(...dueAt);
    this.#send({ type: 'lastFrame', peerId: id, ageMs: Number.isFinite(at) ? performance.now() - at : null });
  }

  #onConnected(participant: Participant, transport: ViewerTransport, isFirst: boolean): void {
    this.#input.keepNothing(participant.id);
    this.#fanout.join(transport);
    this.#owners.set(transport, participant);
    this.#log.info({ peer: participant.id, transport: transport.kind }, 'viewer connected');
    if (isFirst) this.#send({ type: 'peerConnected', peerId: participant.id });
    this.#keyFrameTimer.take(this.#keyFrames.viewerJoins(participant.account, performance.now()));
  }

  #onCarried(participant: Participant, by: TransportKind): void {
    this.#send({ type: 'peerTransport', peerId: participant.id, transport: by });
    this.#rungs.carried(participant);
  }

  #onKeyFrameRequest({ account }: Participant, transport: ViewerTransport): void {
    const now = performance.now();
    if (this.#fanout.requestsKeyFrame(transport, now))
      this.#keyFrameTimer.take(this.#keyFrames.viewerRequests(account, now));
    this.#fanoutTimer.take(this.#fanout.advance(now));
  }

  #onFanout(event: FanoutEvent<ViewerTransport>): void {
    const now = performance.now();
    if (event.type === 'reducedNeed') {
      this.#keyFrameTimer.take(this.#keyFrames.reducedNeed(now));
      return;
    }
    const participant = this.#owners.get(event.viewer);
    if (participant === undefined) return;
    if (event.type === 'rungChanged') this.#rungs.changed(participant, event.viewer, event.report);
    else this.#keyFrameTimer.take(this.#keyFrames.viewerNeeds(participant.account, now));
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

  #onDropped(transports: readonly ViewerTransport[]): void {
    const now = performance.now();
    this.#fanout.dropped(transports, now);
    this.#fanoutTimer.take(this.#fanout.advance(now));
  }

  /** Null: no stream is up. */
  #agentInput({ events, release }: { events: ViewerInput[]; release: boolean }): InputAnswer | null {
    return this.#host?.state === 'streaming' ? this.#input.takeOfAgent(events, release) : null;
  }

  #onLeft(id: string, kind: TransportKind, transport: ViewerTransport | null, error: MoonshareError | null): void {
    this.#log.info({ peer: id, transport: kind, code: error?.code }, 'a transport has ended');
    if (transport === null) return;
    this.#fanout.leave(transport);
    this.#owners.delete(transport);
  }

  #onClosed(participant: Participant, error: MoonshareError | null): void {
    const { id } = participant;
    this.#log.info({ peer: id, code: error?.code }, 'viewer left');
    this.#statistics.viewers.left(id, participant.stats());
    this.#participants.delete(id);
    this.#rungs.left(participant);
    if (error !== null) this.#input.keepNothing(id);
    this.#input.leave(id);
    this.#send({ type: 'peerClosed', peerId: id, error: error?.toBody() ?? null });
  }

  #onVideo(unit: AccessUnit): void {
    if (unit.keyFrame) {
      this.#keyFrames.keyFrame(performance.now());
      this.#updateFormat(unit);
    }
    // Also with no viewers: engines follow the stream's clock.
    this.#rungs.frame(unit.data.length);
    const due = this.#fanout.due(unit, performance.now());
    const dropped = this.#engines.sendVideo(unit, due);
    this.#onDropped(dropped);
    if (due.length > 0 && unit.data.length > this.#engines.largestFrame) this.#onTooLarge(unit.data.length);
    if (this.#statistics.viewers.isAnyWaiting) this.#noteFirstFrames(due, dropped);
  }

  /** The operator can help; nobody else sees why there is no picture. */
  #onTooLarge(bytes: number): void {
    const stream = this.#session.current?.stream ?? null;
    if (stream === this.#tooLargeOf) return;
    this.#tooLargeOf = stream;
    const most = this.#engines.largestFrame;
    this.#log.warn({ bytes, most }, 'frames are too large for browsers to show: lower the bitrate or the resolution');
  }

  #noteFirstFrames(due: readonly ViewerTransport[], dropped: readonly ViewerTransport[]): void {
    for (const transport of due) {
      const id = this.#owners.get(transport)?.id;
      if (id === undefined || dropped.includes(transport)) continue;
      const ms = this.#statistics.viewers.frameSent(id, performance.now());
      if (ms === null) continue;
      this.#log.info({ peer: id, ms }, 'first frame sent');
      this.#send({ type: 'peerFirstFrame', peerId: id, ms });
    }
  }

  /** The first key frame of each stream settles the format. Each stream has its own clocks, so it is always passed on. */
  #updateFormat(keyFrame: AccessUnit): void {
    const open = this.#session.current;
    if (open === null || this.#formatOf === open.stream) return;
    this.#formatOf = open.stream;
    this.#format = streamFormat(open, keyFrame);
    this.#engines.setFormat(this.#format);
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
    if (host.state === 'ended')
      for (const participant of this.#participants.values()) participant.sendGeneral('ConnectionTerminated');
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
    for (const participant of this.#participants.values()) participant.sendGeneral(statusUpdate(quality));
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
