import { EventEmitter } from 'node:events';
import { networkInterfaces } from 'node:os';
import { ParameterSets } from '@moonshare/bitstream';
import { MoonshareError, type StreamSettingsRequest } from '@moonshare/contract';
import {
  type AccessUnit,
  type AudioPacket,
  type ClientIdentity,
  createSessionKeys,
  GameStream,
  HostClient,
  type HostMessage,
  resolveHost,
  type ServerInfo,
  type SessionKeys,
  type StreamSettings,
} from '@moonshare/gamestream';
import { WakeTimer } from '@moonshare/sans-io';
import { openDatagramSocket } from './datagram-socket.ts';
import { createGcmOpener } from './gcm-opener.ts';
import { encryptionInUse, encryptionToAsk, isOwnAddress } from './host-encryption.ts';
import { startedNothing } from './retry-policy.ts';
import { streamSettings } from './settings.ts';
import { HostSessionMachine } from './state-machine.ts';
import { addStream, type HostTotals, noTotals } from './totals.ts';
import type { HostSessionAction, HostSessionEvent, HostSessionState, LaunchVerb } from './types.ts';

export interface HostSessionOptions {
  address: string;
  httpPort: number;
  /** Pinned at pairing, PEM. */
  hostCertificate: string;
  /** The same in every launch and resume: hosts recognise their sessions by it. */
  identity: ClientIdentity;
  appId: number;
  /** An earlier process had the session up. */
  resume: boolean;
  /** How long `/launch` may take to answer. */
  launchLimitMs: number;
  settings: StreamSettingsRequest;
  /** How long video may be silent while the stream is up. */
  videoTimeoutMs: number;
  /** Bit n = gamepad n is attached; read at each launch. */
  gamepadMask: () => number;
}

/** The stream that is up, and its settings. */
export interface OpenStream {
  stream: GameStream;
  settings: StreamSettings;
}

/** Keeps one session with one host alive: HostSessionMachine with real sockets and timers. */
export class HostSession extends EventEmitter<{
  state: [state: HostSessionState];
  /** Answer with `grantSlot` once no one else is launching on this host. */
  slotWanted: [];
  slotReleased: [];
  /** The app the host runs for this client, read before each launch or resume; 0 = none. */
  info: [currentGame: number];
  /** The request is sent now. */
  launching: [verb: LaunchVerb];
  /** The host has answered it; not emitted if the outcome is unknown. */
  launchAnswered: [answer: { refused: boolean }];
  /** The RTSP handshake is complete. */
  setUp: [stream: { pingPayload: boolean }];
  video: [unit: AccessUnit];
  videoLost: [frame: { frameIndex: number }];
  keyFrameNeeded: [];
  audio: [packet: AudioPacket];
  feedback: [message: HostMessage];
}> {
  readonly #options: HostSessionOptions;
  readonly #client: HostClient;
  readonly #machine: HostSessionMachine;
  readonly #timer = new WakeTimer<HostSessionAction>(
    (now) => this.#machine.advance(now),
    (action) => this.#act(action),
  );
  #task: { abort: AbortController; done: Promise<void> } | null = null;
  #settings: StreamSettingsRequest;
  #info: ServerInfo | null = null;
  /** `address`: an IP address. */
  #launched: { address: string; sessionUrl: string; keys: SessionKeys; settings: StreamSettings } | null = null;
  #open: OpenStream | null = null;
  #totals = noTotals();
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: HostSessionOptions) {
    super();
    this.#options = options;
    this.#settings = options.settings;
    const { appId, resume, launchLimitMs } = options;
    this.#machine = new HostSessionMachine({ appId, resume, launchLimitMs });
    const { address, httpPort, identity, hostCertificate } = options;
    this.#client = new HostClient({ address, httpPort, identity, hostCertificate });
  }

  /** The stream that is opening or up. */
  get current(): OpenStream | null {
    return this.#open;
  }

  /** Over all streams of this session. */
  totals(): HostTotals {
    return this.#open === null ? this.#totals : addStream(this.#totals, this.#open.stream.stats());
  }

  /** Answer this with `grantSlot` too. */
  start(): void {
    this.#feed({ type: 'start' });
  }

  grantSlot(): void {
    this.#feed({ type: 'slotGranted' });
  }

  /** The host has applied another bitrate, kbit/s: the streams that follow ask for it. */
  bitrateChanged(bitrate: number): void {
    this.#settings = { ...this.#settings, bitrate };
  }

  /** Leaves the stream, in any state. The app keeps running. */
  async stop(): Promise<void> {
    this.#feed({ type: 'stop' });
    await this.#ended.promise;
  }

  #feed(event: HostSessionEvent): void {
    this.#timer.take(this.#machine.handle(event, performance.now()));
  }

  #act(action: HostSessionAction): void {
    switch (action.type) {
      case 'requestSlot':
        this.emit('slotWanted');
        return;
      case 'releaseSlot':
        this.emit('slotReleased');
        return;
      case 'report':
        this.emit('state', action.state);
        return;
      case 'readInfo':
        this.#run(action.timeoutMs, (signal) => this.#readInfo(action.timeoutMs, signal));
        return;
      case 'launch':
        this.#run(action.timeoutMs, (signal) => this.#launch(action.verb, action.timeoutMs, signal));
        return;
      case 'open':
        this.#run(null, (signal) => this.#openStream(action, signal));
        return;
      case 'finish':
        void this.#finish();
        return;
    }
  }

  /** Runs one step; its result or error is the machine's next event, unless aborted. `timeoutMs`: null = the step has its own. */
  #run(timeoutMs: number | null, step: (signal: AbortSignal) => Promise<HostSessionEvent>): void {
    const abort = new AbortController();
    const timeout = timeoutMs === null ? null : AbortSignal.timeout(Math.ceil(timeoutMs));
    const done = step(AbortSignal.any(timeout === null ? [abort.signal] : [abort.signal, timeout])).then(
      (event) => ({ event }),
      (cause: unknown) => {
        const error = timeout?.aborted ? new MoonshareError('HOST_TIMEOUT', { cause }) : MoonshareError.from(cause);
        return { event: { type: 'failed', error } as const };
      },
    );
    this.#task = {
      abort,
      done: done.then(({ event }) => {
        if (!abort.signal.aborted) this.#feed(event);
      }),
    };
  }

  async #readInfo(timeoutMs: number, signal: AbortSignal): Promise<HostSessionEvent> {
    this.#info = await this.#client.serverInfo({ timeoutMs: Math.ceil(timeoutMs), signal });
    const { paired, currentGame } = this.#info;
    if (paired) this.emit('info', currentGame);
    return { type: 'info', paired, currentGame };
  }

  async #launch(verb: LaunchVerb, timeoutMs: number, signal: AbortSignal): Promise<HostSessionEvent> {
    const asked = this.#settings;
    // The address the stream will use, so that the check is about the same one.
    const address = await resolveHost(this.#options.address);
    const encrypt = encryptionToAsk(asked.host_encryption, isOwnAddress(address, networkInterfaces()));
    const settings = streamSettings(asked, this.#info?.codecModeSupport ?? 0, encrypt);
    const keys = createSessionKeys();
    const request = { appId: this.#options.appId, settings, keys, gamepadMask: this.#options.gamepadMask() };
    this.emit('launching', verb);
    try {
      const { sessionUrl } = await this.#client[verb](request, { signal, timeoutMs: Math.ceil(timeoutMs) });
      this.#launched = { address, sessionUrl, keys, settings };
    } catch (error) {
      if (startedNothing(MoonshareError.from(error).code)) this.emit('launchAnswered', { refused: true });
      throw error;
    }
    this.emit('launchAnswered', { refused: false });
    return { type: 'launched' };
  }

  async #openStream(
    { timeoutMs, firstVideoMs, takesOver }: Extract<HostSessionAction, { type: 'open' }>,
    signal: AbortSignal,
  ): Promise<HostSessionEvent> {
    const { settings, ...launched } = this.#launched!;
    const { videoTimeoutMs } = this.#options;
    const limits = { firstVideoMs, videoTimeoutMs, takesOver };
    const stream = new GameStream({
      ...launched,
      ...limits,
      settings,
      serverInfo: this.#info!,
      openSocket: openDatagramSocket,
      createGcmOpener,
    });
    this.#open = { stream, settings };
    stream.on('stage', (stage, step) => {
      if (stage === 'rtsp' && step === 'done') this.emit('setUp', { pingPayload: stream.session.pingPayload !== null });
      this.#feed({ type: 'stage', stage, step });
    });
    const sets = settings.codec === 'av1' ? null : new ParameterSets(settings.codec);
    stream.on('video', (unit) => this.emit('video', unit.keyFrame ? withSets(unit, sets) : unit));
    stream.on('videoLost', (frame) => this.emit('videoLost', frame));
    stream.on('keyFrameNeeded', () => this.emit('keyFrameNeeded'));
    stream.on('audio', (packet) => this.emit('audio', packet));
    stream.on('feedback', (message) => this.emit('feedback', message));
    stream.on('ended', (reason) => {
      this.#forgetStream();
      this.#feed({ type: 'streamEnded', reason });
    });
    try {
      await stream.open({ signal, limitMs: timeoutMs });
    } catch (error) {
      this.#forgetStream();
      throw error;
    }
    return { type: 'opened', encryption: encryptionInUse(stream.session.encryption) };
  }

  #forgetStream(): void {
    this.#totals = this.totals();
    this.#open = null;
  }

  async #finish(): Promise<void> {
    const task = this.#task;
    task?.abort.abort(new MoonshareError('STREAMER_STOPPED'));
    await task?.done;
    await this.#open?.stream.close();
    this.#feed({ type: 'finished' });
    this.#timer.stop();
    this.#ended.resolve();
  }
}

/** Browsers join at any key frame, and some hosts send the parameter sets only once. */
function withSets(keyFrame: AccessUnit, sets: ParameterSets | null): AccessUnit {
  return sets === null ? keyFrame : { ...keyFrame, data: sets.complete(keyFrame.data) };
}
