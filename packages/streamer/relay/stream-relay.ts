import type {
  FromStreamer,
  GeneralMessage,
  HostState,
  InputOutcome,
  MoonshareError,
  Negotiation,
  StreamerInit,
  StreamerStatistics,
  ToStreamer,
  TransportKind,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import { HostSession } from '../host-session/host-session.ts';
import type { HostSessionState } from '../host-session/types.ts';
import { supportsFineScroll } from '../input/wheel.ts';
import { StatisticsCollector } from '../statistics/statistics-collector.ts';
import type { Engines } from '../viewer/engines.ts';
import { Participant } from '../viewer/participant.ts';
import type { MediaConnection, ViewerTransport } from '../viewer/transport.ts';
import { hostLogLevel } from './host-log-level.ts';
import { HostQuality, QUALITY_INTERVAL_MS, type Quality } from './host-quality.ts';
import { InputRelay } from './input-relay.ts';
import { MediaRelay } from './media-relay.ts';
import { Taps } from './taps.ts';

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
  readonly #quality = new HostQuality();
  #qualityTimer: NodeJS.Timeout | undefined;
  readonly #participants = new Map<string, Participant>();
  readonly #statistics: StatisticsCollector;
  readonly #media: MediaRelay;
  readonly #taps: Taps;
  readonly #input: InputRelay;
  #bitrateKbps: number;
  #host: HostState | null = null;

  constructor({ init, engines, send, log }: StreamRelayOptions) {
    this.#init = init;
    this.#bitrateKbps = init.settings.bitrate;
    this.#engines = engines;
    this.#send = send;
    this.#log = log;
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
      viewers: () =>
        [...this.#participants.values()].map((participant) => ({
          ...participant.stats(),
          rung: this.#media.rung(participant),
        })),
      hostBytes: () => this.#session.totals().video.bytes,
    });
    this.#media = new MediaRelay({
      engines,
      current: () => this.#session.current,
      counters: this.#statistics.viewers,
      send,
      log,
    });
    this.#taps = new Taps({ engines, media: this.#media, log });
    this.#input = new InputRelay({
      host: () => this.#session.current?.stream ?? null,
      players: (id, players) => this.#send({ type: 'gamepadPlayers', peerId: id, players }),
      dropped: (participant) => this.#send({ type: 'inputDropped', participant }),
      active: (participant) => this.#send({ type: 'holderActive', participant }),
      sent: (participant, counts) => this.#send({ type: 'inputCounts', participant, counts }),
      counters: this.#statistics,
      log,
    });
    this.#listen();
  }

  start(): void {
    this.#session.start();
  }

  receive(message: Exclude<ToStreamer, { type: 'init' | 'stop' | 'mediaSocket' | 'tapSocket' }>): void {
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
        this.#onBitrate(message.bitrate);
        return;
      case 'input':
        this.#send({ type: 'inputDone', requestId: message.requestId, outcome: this.#agentInput(message) });
        return;
      case 'setControl':
        this.#setControl(message);
        return;
      case 'setRole':
        this.#setRole(message);
        return;
      case 'getHeld': {
        const held = this.#input.held().map((one) => ({ participant: one.participant, ...one.held }));
        this.#send({ type: 'held', requestId: message.requestId, held });
        return;
      }
      case 'getStats':
        this.#send({ type: 'stats', requestId: message.requestId, stats: this.stats() });
        return;
    }
  }

  /** The socket is destroyed if there is no such peer, or it may not use it. */
  receiveSocket(peerId: string, connection: MediaConnection): void {
    const participant = this.#participants.get(peerId);
    if (participant?.mayUse('websocket')) this.#addWebSocket(participant, connection);
    else connection.socket.destroy();
  }

  /** The media socket of a picture tap. */
  receiveTap(connection: MediaConnection): void {
    this.#taps.add(connection);
  }

  stats(): StreamerStatistics {
    const { packetsToHost, ...totals } = this.#session.totals();
    const { hostBitrateKbps, inputEvents, inputRefused, ...own } = this.#statistics.measure();
    const round_trip_ms = this.#session.current?.stream.stats().rttMs ?? null;
    return {
      host: { round_trip_ms, bitrate_kbps: hostBitrateKbps, ...totals },
      input: { events: inputEvents, refused: inputRefused, packets_to_host: packetsToHost },
      ...own,
      webrtc_stack: this.#engines.webrtc.stackUse.name,
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
    this.#media.close();
    this.#input.close();
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
    session.on('video', (unit) => this.#media.sendVideo(unit));
    session.on('audio', (packet) => this.#media.sendAudio(packet));
    session.on('keyFrameNeeded', () => this.#media.keyFrameNeeded());
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
      framesDropped: (transport) => this.#media.framesDropped(transport),
      events: {
        opened: () => this.#send({ type: 'peerOpened', peerId: id }),
        connected: (transport, isFirst) => this.#onConnected(participant, transport, isFirst),
        carried: (by) => this.#onCarried(participant, by),
        uncarried: () => this.#input.keep(id),
        input: (event) => this.#input.take(id, event),
        inputLost: () => this.#onInputLost(id),
        keyFrameNeeded: (transport) => this.#media.keyFrameRequested(participant, transport),
        frameDropped: (transport) => this.#media.dropped([transport]),
        silent: () => this.#onSilent(id),
        left: (kind, transport, error) => this.#onLeft(id, kind, transport, error),
        closed: (error) => this.#onClosed(participant, error),
      },
    });
    this.#participants.set(id, participant);
    if (participant.mayUse('webrtc')) this.#addWebRtc(participant);
  }

  /** Its browser starts WebRTC again, which is charged like a description. */
  #restartWebRtc(peerId: string): void {
    const participant = this.#participants.get(peerId);
    if (!participant?.mayUse('webrtc')) return;
    if (participant.account.spend('descriptions', 1, performance.now()) === 'within') this.#addWebRtc(participant);
  }

  #addWebRtc(participant: Participant): void {
    const { id, account } = participant;
    const acceptsInput = () => participant.role !== 'watch';
    const signal = ({ Signaling: message }: { Signaling: Negotiation }) =>
      this.#send({ type: 'negotiation', peerId: id, message });
    const transport = participant.add('webrtc', (events) =>
      this.#engines.webrtc.addTransport({ id, acceptsInput, account, events: { ...events, signal } }),
    );
    this.#welcome(transport);
  }

  #addWebSocket(participant: Participant, connection: MediaConnection): void {
    const { id, account } = participant;
    const acceptsInput = () => participant.role !== 'watch';
    const transport = participant.add('websocket', (events) =>
      this.#engines.websocket.addTransport({ id, acceptsInput, account, events }, connection),
    );
    this.#welcome(transport);
  }

  #welcome(transport: ViewerTransport | null): void {
    if (this.#quality.current !== 'Ok') transport?.sendGeneral(statusUpdate(this.#quality.current));
  }

  #onBitrate(kbps: number): void {
    if (kbps < this.#bitrateKbps) this.#media.becameSmaller();
    this.#bitrateKbps = kbps;
    this.#session.bitrateChanged(kbps);
  }

  #sendLastFrame(id: string): void {
    const participant = this.#participants.get(id);
    if (participant === undefined) return;
    const at = this.#media.dueAt(participant);
    this.#send({ type: 'lastFrame', peerId: id, ageMs: at === null ? null : performance.now() - at });
  }

  #onConnected(participant: Participant, transport: ViewerTransport, isFirst: boolean): void {
    this.#input.keepNothing(participant.id);
    this.#log.info({ peer: participant.id, transport: transport.kind }, 'viewer connected');
    if (isFirst) this.#send({ type: 'peerConnected', peerId: participant.id });
    this.#media.join(participant, transport);
  }

  #onCarried(participant: Participant, by: TransportKind): void {
    this.#send({ type: 'peerTransport', peerId: participant.id, transport: by });
    this.#media.carried(participant);
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

  #agentInput({ agent, events, release, holdMs }: ToStreamer & { type: 'input' }): InputOutcome {
    if (this.#host?.state !== 'streaming') return { outcome: 'noSession' };
    return this.#input.takeOfAgent(agent, events, release, holdMs);
  }

  #setControl({ policy, holder }: ToStreamer & { type: 'setControl' }): void {
    this.#log.info({ policy, holder }, 'controls');
    this.#input.setControls(policy === 'union' ? { of: 'everybody' } : { of: 'holder', holder });
  }

  #setRole({ peerId, role }: ToStreamer & { type: 'setRole' }): void {
    this.#participants.get(peerId)?.setRole(role);
    this.#input.setRole(peerId, role);
  }

  #onLeft(id: string, kind: TransportKind, transport: ViewerTransport | null, error: MoonshareError | null): void {
    const closed = { peer: id, transport: kind, code: error?.code };
    if (error?.code === 'INTERNAL')
      this.#log.error({ ...closed, err: error }, 'a fault of ours closed the transport of a viewer');
    else this.#log.info(closed, 'viewer transport closed');
    if (transport !== null) this.#media.leave(transport);
  }

  #onClosed(participant: Participant, error: MoonshareError | null): void {
    const { id } = participant;
    this.#log.info({ peer: id, code: error?.code }, 'viewer left');
    this.#statistics.viewers.left(id, participant.stats());
    this.#participants.delete(id);
    this.#media.left(participant);
    if (error !== null) this.#input.keepNothing(id);
    this.#input.leave(id);
    this.#send({ type: 'peerClosed', peerId: id, error: error?.toBody() ?? null });
  }

  #onHostState(session: HostSessionState): void {
    const before = this.#host;
    const host: HostState = session.state === 'streaming' ? { ...session, format: this.#hostFormat() } : session;
    this.#log[hostLogLevel(before, host)]({ host }, 'host session');
    this.#host = host;
    if (before?.state === 'streaming' && host.state !== 'streaming') {
      this.#input.hostDown();
      this.#media.hostDown();
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
    this.#input.hostUp({ touch: this.#media.format?.touch ?? false, fineWheel });
    this.#media.hostUp();
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
    const { width, height } = this.#media.format ?? this.#init.settings;
    return { width, height, touch: this.#media.format?.touch ?? false };
  }
}

function statusUpdate(status: Quality): GeneralMessage {
  return { ConnectionStatusUpdate: { status } };
}
