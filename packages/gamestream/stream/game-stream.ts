import { EventEmitter } from 'node:events';
import { WakeTimer } from '@moonshare/sans-io';
import type { AudioReceiverStats } from '../audio/receiver.ts';
import type { HostMessage } from '../control/message.ts';
import { GameStreamError } from '../errors.ts';
import { resolveHost } from '../http/resolve-host.ts';
import type { ServerInfo } from '../http/types.ts';
import type { InputPacket } from '../input/packet.ts';
import { rtspHandshake } from '../rtsp/client.ts';
import type { RtspSession, RtspSetup } from '../rtsp/types.ts';
import type { AccessUnit, AudioPacket, SessionKeys, StreamSettings } from '../types.ts';
import type { CreateGcmOpener } from '../video/cipher.ts';
import type { GatedVideoEvent } from '../video/decode-gate.ts';
import type { VideoReceiverStats } from '../video/types.ts';
import { AudioPipeline } from './audio-pipeline.ts';
import { ControlConnection } from './control-connection.ts';
import type { OpenDatagramSocket } from './datagram-socket.ts';
import { InputPacer } from './input-pacer.ts';
import { localPorts } from './local-ports.ts';
import type { MediaSocket } from './media-socket.ts';
import { MediaSockets } from './media-sockets.ts';
import { MediaWatch, type MediaWatchEvent } from './media-watch.ts';
import { pictureError } from './picture-error.ts';
import { type StreamEndReason, terminationError } from './termination.ts';
import { VideoPipeline } from './video-pipeline.ts';

/** From the launch reply to the control connection; after that the host forgets the session (protocol/1 §8.8). */
const HANDSHAKE_LIMIT_MS = 10_000;
/** Time limit for the first datagram (protocol/3 §1). */
const FIRST_VIDEO_MS = 10_000;
const VIDEO_TIMEOUT_MS = 2_000;
/** Closing right after the connect crashed a Sunshine: wait this long after it for the first datagram (protocol/1 §8.8). */
const EARLY_CLOSE_MS = 2_000;
const WAKE_UP_GAP_MS = 10;

/** Steps of a connection in order; the user sees their names. */
export type StreamStage = 'rtsp' | 'control' | 'video';

export interface GameStreamOptions {
  /** The address that answered HTTP. */
  address: string;
  /** From the reply to /launch or /resume, which carried these keys and settings. */
  sessionUrl: string;
  keys: SessionKeys;
  settings: StreamSettings;
  serverInfo: ServerInfo;
  /**
   * How long to wait for the first video datagram, ms, from hosts with and without ping payload; default 10 s. A Wolf whose
   * port is in use by an earlier session never sends: better to resume soon (protocol/1 §8.8).
   */
  firstVideoMs?: { withPayload: number; without: number };
  /** How long video may be silent while the stream is up, ms; default 2 s. Hosts keep sending while the picture stands still. */
  videoTimeoutMs?: number;
  /** The previous client left without disconnecting: a host that notices late may stop our media. */
  takesOver?: boolean;
  /** Makes the sockets of picture and sound; default: Node's. */
  openSocket?: OpenDatagramSocket;
  /** Makes what decrypts the picture; default: Node's. */
  createGcmOpener?: CreateGcmOpener;
}

export interface GameStreamStats {
  video: VideoReceiverStats | null;
  audio: AudioReceiverStats | null;
  /** Key frames among the frames emitted. */
  keyFrames: number;
  recoveredFrames: number;
  /** IDR requests sent after the start. */
  idrRequests: number;
  inputPackets: number;
  /** Input not sent: out of range, too much for the host, or the stream was not open. */
  inputRefused: number;
  rttMs: number | null;
}

/**
 * One stream from a host over real sockets: add listeners, `open`, `close`. Answer `keyFrameNeeded` with `requestIdr`
 * soon; until the key frame there is no `video`. Only hosts before 7.1.415 want loss statistics (protocol/2 §3.5); they
 * are refused when their server info is read, so none are sent.
 */
export class GameStream extends EventEmitter<{
  stage: [stage: StreamStage, step: 'start' | 'done'];
  /** In decoding order; the first one, and the first after each gap, is a key frame. */
  video: [unit: AccessUnit];
  videoLost: [frame: { frameIndex: number }];
  keyFrameNeeded: [];
  audio: [packet: AudioPacket];
  feedback: [message: HostMessage];
  /** Once, after a successful `open`. */
  ended: [reason: StreamEndReason];
}> {
  readonly #options: GameStreamOptions;
  readonly #media: MediaSockets;
  readonly #pacer = new InputPacer();
  readonly #pacerTimer = new WakeTimer<InputPacket>(
    (now) => this.#pacer.advance(now),
    (packet) => this.#sendInput(packet),
  );
  readonly #abort = new AbortController();
  #session: RtspSession | null = null;
  #control: ControlConnection | null = null;
  #video: VideoPipeline | null = null;
  #watch: MediaWatch | null = null;
  #watchTimer: WakeTimer<MediaWatchEvent> | null = null;
  #audio: AudioPipeline | null = null;
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new';
  #controlUpAt = 0;
  #wakeUp: NodeJS.Timeout | undefined;
  #keyFrames = 0;
  #idrRequests = 0;
  #inputPackets = 0;
  #inputRefused = 0;

  constructor(options: GameStreamOptions) {
    super();
    this.#options = options;
    this.#media = new MediaSockets(options.openSocket);
  }

  /** The result of the handshake. Errors: NOT_CONNECTED before `open` has succeeded. */
  get session(): RtspSession {
    if (this.#session === null) throw new GameStreamError('NOT_CONNECTED', 'The stream is not open');
    return this.#session;
  }

  /**
   * Resolves after the first key frame has been emitted. Errors: RTSP_FAILED and the like from the handshake,
   * CONTROL_FAILED, NO_VIDEO, TERMINATED, CONTROL_LOST, or the signal's reason; after `limitMs` NO_VIDEO if only the picture
   * was missing, else HOST_TIMEOUT. On an error everything is closed.
   */
  async open(options: { signal?: AbortSignal; limitMs?: number } = {}): Promise<void> {
    if (this.#state !== 'new') throw new GameStreamError('INVALID_ARGUMENT', 'A GameStream can be opened only once');
    this.#state = 'opening';
    const signals = [this.#abort.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const signal = AbortSignal.any(signals);
    const { limitMs } = options;
    const limit = limitMs === undefined ? undefined : setTimeout(() => this.#abort.abort(this.#late(limitMs)), limitMs);
    try {
      signal.throwIfAborted();
      const address = await resolveHost(this.#options.address);
      const session = await this.#handshake(address, signal);
      await this.#connectControl(address, session, signal);
      await this.#firstPicture(session, signal);
      signal.throwIfAborted();
      this.#state = 'open';
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  /** Delays movement by a millisecond at most, and nothing else. Never throws: what cannot be sent is counted. */
  send(packet: InputPacket): void {
    this.#pacerTimer.take(this.#pacer.push(packet, performance.now()));
  }

  /** Messages the host has not acknowledged: above 5000 of them all input but releases is refused. */
  get waiting(): number {
    return this.#control?.waiting ?? 0;
  }

  /** Asks for a key frame now; the caller limits the rate. */
  requestIdr(): void {
    if (this.#control?.send({ type: 'requestIdr' }) !== true) return;
    this.#idrRequests += 1;
    this.#watch?.keyFrameRequested(performance.now());
  }

  stats(): GameStreamStats {
    return {
      video: this.#video?.stats() ?? null,
      audio: this.#audio?.stats() ?? null,
      keyFrames: this.#keyFrames,
      recoveredFrames: this.#video?.recoveredFrames ?? 0,
      idrRequests: this.#idrRequests,
      inputPackets: this.#inputPackets,
      inputRefused: this.#inputRefused,
      rttMs: this.#control?.rttMs ?? null,
    };
  }

  /** Leaves the session in order: what was sent is acknowledged first, for 2 s at most. The app keeps running. Idempotent. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#abort.abort(new GameStreamError('NOT_CONNECTED', 'The stream was closed'));
    for (const packet of this.#pacer.flush(performance.now())) this.#sendInput(packet);
    if (this.#control?.isUp === true && this.#media.video !== undefined) {
      await pictureOrLate(this.#media.video, this.#controlUpAt + EARLY_CLOSE_MS);
    }
    await this.#shutDown('reliable');
    if (wasOpen) this.emit('ended', { type: 'local' });
  }

  async #handshake(address: string, signal: AbortSignal): Promise<RtspSession> {
    this.emit('stage', 'rtsp', 'start');
    const limit = AbortSignal.timeout(HANDSHAKE_LIMIT_MS);
    const { sessionUrl, keys, settings, serverInfo } = this.#options;
    const onSetup = (setup: RtspSetup) => this.#openMedia(address, setup);
    const onAnnounced = () => this.#media.announced();
    try {
      const all = { sessionUrl, keys, settings, serverInfo, onSetup, onAnnounced };
      this.#session = await rtspHandshake({ ...all, address, signal: AbortSignal.any([signal, limit]) });
    } catch (error) {
      if (!limit.aborted || signal.aborted) throw error;
      throw new GameStreamError('HOST_TIMEOUT', 'The host did not finish the RTSP handshake within 10 s', {
        cause: error,
      });
    }
    this.emit('stage', 'rtsp', 'done');
    return this.#session;
  }

  #openMedia(address: string, { stream, port, pingPayload }: RtspSetup): void {
    if (stream === 'control' || this.#media[stream] !== undefined) return;
    // A host that tells sessions apart by payload keeps sending to a killed client, so its old port must not be ours again.
    // A Wolf serves one stream per client address, always to the same port: if the port is in use, so is the host.
    const fixed = pingPayload === null ? localPorts(`${address} ${this.#options.serverInfo.uniqueId}`)[stream] : null;
    const opened = this.#media.open(stream, { address, port, pingPayload, localPort: fixed ?? 0 });
    opened.catch((error) => this.#abort.abort(fixed === null ? noSocket(error) : inUse(fixed, error)));
  }

  async #connectControl(address: string, session: RtspSession, signal: AbortSignal): Promise<void> {
    this.emit('stage', 'control', 'start');
    const { controlPort: port, connectData, encryption } = session;
    const style = encryption.controlV2 ? 'v2' : 'old';
    const control = new ControlConnection({ address, port, connectData, key: this.#options.keys.key, style });
    this.#control = control;
    control.on('message', (message) => this.#onMessage(message));
    control.on('ended', (how) => this.#end({ type: how }));
    await control.open(signal);
    this.#controlUpAt = performance.now();
    this.emit('stage', 'control', 'done');
    this.send({ kind: 'hapticsEnable', enabled: true });
    // Wakes a sleeping display. Two moves with a gap, since a host that merges moves would see none (protocol/2 §3.8).
    this.send({ kind: 'mouseMove', dx: 1, dy: 1 });
    this.#wakeUp = setTimeout(() => this.send({ kind: 'mouseMove', dx: -1, dy: -1 }), WAKE_UP_GAP_MS);
  }

  /** Delivers media from now on, and waits for the first key frame. */
  async #firstPicture(session: RtspSession, signal: AbortSignal): Promise<void> {
    const { video, audio } = this.#media;
    if (video === undefined || audio === undefined) {
      throw new GameStreamError('RTSP_FAILED', 'The host set up no video or no audio stream');
    }
    this.emit('stage', 'video', 'start');
    const { promise, resolve: done, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    this.once('video', () => done());
    try {
      this.#beginWatch(session);
      this.#deliver(session, video, audio);
      if (signal.aborted) onAbort();
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    this.emit('stage', 'video', 'done');
  }

  #beginWatch({ pingPayload }: RtspSession): void {
    const {
      settings,
      firstVideoMs: first,
      videoTimeoutMs: silenceMs = VIDEO_TIMEOUT_MS,
      takesOver = false,
    } = this.#options;
    const firstMs = (pingPayload === null ? first?.without : first?.withPayload) ?? FIRST_VIDEO_MS;
    const now = performance.now();
    const watch = new MediaWatch({ fps: settings.fps, firstMs, silenceMs, takesOver }, now);
    this.#watch = watch;
    this.#watchTimer = new WakeTimer(
      (later) => watch.advance(later),
      (event) => this.#onWatch(event),
    );
    this.#watchTimer.take(watch.advance(now));
  }

  #onWatch(event: MediaWatchEvent): void {
    if (event.type === 'keyFrameNeeded') {
      this.emit('keyFrameNeeded');
      return;
    }
    const isGone = event.why === 'silence' && this.#control?.isAcknowledged !== true;
    this.#end(isGone ? { type: 'lost' } : { type: 'noVideo', error: pictureError(event.why, this.session) });
  }

  /** For when `open` takes longer than its limit. */
  #late(limitMs: number): GameStreamError {
    if (this.#watch !== null) return pictureError(this.#watch.missing, this.session);
    return new GameStreamError('HOST_TIMEOUT', `The host did not set the stream up within ${limitMs / 1000} s`);
  }

  #deliver(session: RtspSession, video: MediaSocket, audio: MediaSocket): void {
    const { settings, keys, serverInfo } = this.#options;
    const { encryption, packetSize, audioPacketMs } = session;
    this.#video = new VideoPipeline(
      {
        codec: settings.codec,
        maxDatagram: packetSize + 16,
        key: encryption.video ? keys.key : undefined,
        createGcmOpener: this.#options.createGcmOpener,
        appVersion: serverInfo.appVersion,
      },
      (event) => this.#onVideo(event),
    );
    const secret = encryption.audio ? { key: keys.key, keyId: keys.keyId } : {};
    this.#audio = new AudioPipeline({ packetMs: audioPacketMs, ...secret }, (packet) => this.emit('audio', packet));
    video.deliver((datagram, now) => {
      this.#watch?.datagram(now);
      this.#video?.receive(datagram, now);
    });
    audio.deliver((datagram, now) => this.#audio?.receive(datagram, now));
  }

  #onVideo(event: GatedVideoEvent): void {
    switch (event.type) {
      case 'frame':
        if (event.frame.keyFrame) this.#keyFrames += 1;
        this.#watch?.picture(event.frame.keyFrame, performance.now());
        this.emit('video', event.frame);
        return;
      case 'lost':
        this.#watch?.frameLost();
        this.emit('videoLost', { frameIndex: event.frame.frameIndex });
        return;
      case 'fecStatus':
        this.#control?.queueFecStatus(event.status);
        return;
      case 'keyFrameNeeded':
        this.emit('keyFrameNeeded');
        return;
    }
  }

  #onMessage(message: HostMessage): void {
    if (message.type === 'termination') this.#end({ type: 'terminated', code: message.code });
    else if (this.#state !== 'closed') this.emit('feedback', message);
  }

  /** The host or the network ended the stream. */
  #end(reason: StreamEndReason): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'opening') {
      this.#abort.abort(endError(reason));
      return;
    }
    this.#state = 'closed';
    // After a termination message the client does not wait (protocol/2 §3.6).
    void this.#shutDown('unsequenced').then(() => this.emit('ended', reason));
  }

  async #shutDown(how: 'reliable' | 'unsequenced'): Promise<void> {
    clearTimeout(this.#wakeUp);
    this.#pacerTimer.stop();
    this.#watchTimer?.stop();
    this.#video?.stop();
    this.#audio?.stop();
    await Promise.all([this.#control?.close(how), this.#media.close()]);
  }

  #sendInput(packet: InputPacket): void {
    if (this.#sendOne(packet)) this.#inputPackets += 1;
    else this.#inputRefused += 1;
  }

  #sendOne(packet: InputPacket): boolean {
    try {
      return this.#control?.send({ type: 'input', packet }) ?? false;
    } catch (error) {
      if (error instanceof GameStreamError && error.code === 'INVALID_ARGUMENT') return false;
      throw error;
    }
  }
}

/** Resolves with the first video datagram, or at `lateAt` (ms). */
async function pictureOrLate(video: MediaSocket, lateAt: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((done) => {
    timer = setTimeout(done, Math.max(0, lateAt - performance.now()));
    video.onFirst(done);
  });
  clearTimeout(timer);
}

function endError(reason: StreamEndReason): GameStreamError {
  if (reason.type === 'terminated') return terminationError(reason.code);
  if (reason.type === 'noVideo') return reason.error;
  return new GameStreamError('CONTROL_LOST', 'The host closed the control connection before the first picture');
}

function inUse(port: number, cause: unknown): GameStreamError {
  return new GameStreamError(
    'HOST_BUSY',
    'The host allows one stream per client, and another is already running from this machine',
    {
      hint: `End the other stream of this host first. If there is none, another program is using UDP port ${port}.`,
      cause,
    },
  );
}

function noSocket(cause: unknown): GameStreamError {
  return new GameStreamError('NO_VIDEO', 'No UDP socket could be opened for the media', { cause });
}
