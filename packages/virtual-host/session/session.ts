import { randomBytes } from 'node:crypto';
import {
  type Announcement,
  ControlCipher,
  decodeClientMessage,
  encoderBitrate,
  type HostMessage,
} from '@moonshare/gamestream';
import type { Desktop } from '../desktop/desktop.ts';
import type { InputLog } from '../desktop/input-log.ts';
import type { Quirks } from '../quirks.ts';
import { AudioStream } from './audio-stream.ts';
import { Feedback } from './feedback.ts';
import { FirstPings, type Media, type PingMatch } from './first-pings.ts';
import type { MediaTarget, SendCount } from './host-media-socket.ts';
import type { SessionEnd, SessionProfile } from './session-profile.ts';
import { VideoStream } from './video-stream.ts';

/** What a launch or resume determines about its session. */
export interface SessionOrigin {
  /** SHA-256 of the client's certificate. */
  client: string;
  /** Where the request came from. */
  address: string;
  key: Buffer;
  keyId: number;
  /** RTSP of this session must be encrypted. */
  encryptedRtsp: boolean;
  /** What the session URL names instead of the host's address, and RTSP then expects in `Host`; null: nothing. */
  sessionAddress: string | null;
}

/** Where the media of one stream leave the host. */
export interface MediaPort {
  port: number;
  send(datagrams: Buffer[], to: MediaTarget, count: SendCount): void;
  /** The session no longer needs it. */
  release(): void;
}

export type SessionMedia = Record<Media, MediaPort>;

/** What a session needs from its host. */
export interface SessionContext {
  desktop: Desktop;
  inputLog: InputLog;
  /** What the picture shows: the small desktop, with or without its clock, or the input. */
  picture: { isSmallDesktop(): boolean; clock: boolean };
  media: SessionMedia;
  profile: SessionProfile;
  quirks: Pick<
    Quirks,
    | 'pingPayload'
    | 'packetSize'
    | 'pausesOnDeath'
    | 'sessionAddress'
    | 'keyFrames'
    | 'keyFrameBytes'
    | 'frameBytes'
    | 'parameterSetsOnce'
  >;
  fec: number;
  maxFps: number;
  onEnd: (session: StreamSession) => void;
  onError: (error: unknown) => void;
}

/** A session's connection on the control port. */
export interface ControlLink {
  send(packet: Buffer): void;
  disconnect(how: 'reliable' | 'unsequenced'): Promise<void>;
}

const TERMINATION_GRACEFUL = 0x80030023;

/** One stream to one client, from `/launch` or `/resume` to its end. */
export class StreamSession {
  readonly id: number;
  readonly origin: SessionOrigin;
  readonly pingPayload: string;
  readonly connectData = randomBytes(4).readUInt32BE();
  readonly #context: SessionContext;
  readonly #feedback = new Feedback((message) => this.#send(message));
  /** By how the ping was matched. */
  readonly #targets: Record<Media, Record<PingMatch, MediaTarget | null>> = {
    video: { echoed: null, plain: null },
    audio: { echoed: null, plain: null },
  };
  readonly #firstPings = new FirstPings((media, match, target) => this.#sendTo(media, match, target));
  readonly #sent: Record<Media, SendCount> = { video: { sent: 0, dropped: 0 }, audio: { sent: 0, dropped: 0 } };
  readonly #counts = { videoPings: 0, audioPings: 0, controlPings: 0, messages: 0, unreadable: 0, idrRequests: 0 };
  readonly #startedStreams = new Set<Media>();
  /** Null until ANNOUNCE. */
  #parameters: Announcement | null = null;
  #video: VideoStream | null = null;
  #audio: AudioStream | null = null;
  #control: ControlLink | null = null;
  #cipher: ControlCipher | null = null;
  #seal: ((message: HostMessage) => Buffer | null) | null = null;
  /** Ends the session unless it makes progress in time; each step restarts it. */
  #connectTimer: NodeJS.Timeout | undefined;
  #mediaTimer: NodeJS.Timeout | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  /** Set once they must not run any more. */
  #mediaStopped: Promise<void> | null = null;
  #videoIsStopped = false;
  #ended: SessionEnd | null = null;

  constructor(id: number, origin: SessionOrigin, context: SessionContext) {
    this.id = id;
    this.origin = origin;
    this.#context = context;
    this.pingPayload = context.quirks.pingPayload ?? context.profile.pingPayload();
    this.#connectTimer = this.#endLater('no client');
  }

  /** RTSP belongs to the session until its control stream is up. */
  get pending(): boolean {
    return this.#control === null && this.#ended === null;
  }

  get parameters(): Announcement | null {
    return this.#parameters;
  }

  /** The port that SETUP gives for a media stream. */
  mediaPort(media: Media): number {
    return this.#context.media[media].port;
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  /** ANNOUNCE: creates the streams; they start with the client's pings. */
  async announce(parameters: Announcement): Promise<void> {
    const { key, keyId } = this.origin;
    const { encryption, audioChannels, audioPacketMs } = parameters;
    const { profile, quirks, picture } = this.#context;
    const fps = Math.min(parameters.fps, this.#context.maxFps);
    const [video, audio] = await Promise.all([
      VideoStream.open({
        codec: parameters.codec,
        // No encoder accepts an odd width.
        width: parameters.width & ~1,
        height: parameters.height,
        fps,
        bitrateKbps: this.#encoderKbps(parameters),
        packetSize: Math.min(parameters.packetSize, quirks.packetSize ?? parameters.packetSize),
        fec: this.#context.fec,
        minParity: parameters.minFecPackets,
        ...(encryption.video ? { key } : {}),
        ...profile.video,
        parameterSetsOnce: quirks.parameterSetsOnce ?? false,
        maxKeyFrames: quirks.keyFrames ?? Number.POSITIVE_INFINITY,
        leastBytes: { key: Math.max(quirks.keyFrameBytes ?? 0, quirks.frameBytes ?? 0), other: quirks.frameBytes ?? 0 },
        desktop: this.#context.desktop,
        smallDesktop: picture.isSmallDesktop() ? { clock: picture.clock } : null,
        send: (datagrams) => this.#sendMedia('video', datagrams),
        onError: (error) => this.#fail(error),
      }),
      AudioStream.open({
        channels: audioChannels,
        packetMs: audioPacketMs,
        ...(encryption.audio ? { key, keyId } : {}),
        variant: profile.audioVariant,
        send: (datagrams) => this.#sendMedia('audio', datagrams),
      }),
    ]);
    if (this.#ended !== null) {
      await video.stop();
      audio.stop();
      return;
    }
    this.#parameters = parameters;
    // As on a real host: its encoder fails, nobody is told, and the session goes on without a picture.
    this.#videoIsStopped ||= parameters.width % 2 === 1;
    this.#video = video;
    this.#audio = audio;
    const { controlV2 } = encryption;
    this.#cipher = new ControlCipher({ key, style: controlV2 ? 'v2' : 'old', role: 'host' });
    this.#seal = profile.sealer({ key, controlV2 });
    this.#context.desktop.resize(parameters.width, parameters.height);
    this.#mediaTimer = this.#endLater('no pings');
    this.#startMedia();
  }

  /** A media ping; the first one that counts fixes where the stream goes (protocol/3 §1). */
  ping(media: Media, match: PingMatch, from: MediaTarget): void {
    if (this.#ended !== null) return;
    this.#counts[media === 'video' ? 'videoPings' : 'audioPings']++;
    const { keepsEarlyPings, sharesFirstPings } = this.#context.profile;
    if (this.#parameters === null && !keepsEarlyPings) return;
    if (this.#targets[media][match] !== null) return;
    if (sharesFirstPings) this.#firstPings.receive(media, match, from);
    else this.#sendTo(media, match, { address: from.address, port: from.port });
  }

  /** The control connection is up. */
  attachControl(control: ControlLink): void {
    this.#control = control;
    clearTimeout(this.#connectTimer);
    this.#restartSilenceTimer();
    this.#send({ type: 'hdrMode', enabled: false, metadata: null });
  }

  /** One ENet message from the client. What does not decrypt or parse is counted and dropped. */
  receiveControl(packet: Buffer): void {
    if (this.#ended !== null) return;
    this.#restartSilenceTimer();
    const opened = this.#cipher?.open(packet) ?? null;
    if (opened === null) {
      this.#counts.unreadable++;
      return;
    }
    const first = this.#counts.messages++ === 0;
    let message: ReturnType<typeof decodeClientMessage>;
    try {
      message = decodeClientMessage(opened.plain);
    } catch {
      this.#counts.unreadable++;
      return;
    }
    switch (message.type) {
      case 'requestIdr':
        this.#counts.idrRequests++;
        // A session's first message is always this one; the video starts with an IDR anyway, protocol/2 §3.8.
        if (!first) this.#video?.requestIdr();
        break;
      case 'ping':
        this.#counts.controlPings++;
        break;
      case 'input':
        this.#context.inputLog.add(this.id, message.packet, new Date());
        this.#context.desktop.apply(this.id, message.packet, performance.now());
        this.#feedback.apply(message.packet);
        break;
    }
  }

  /** Changes the bitrate of the running picture to what ANNOUNCE could have asked for. false: there is none. */
  async setBitrate(bitrateKbps: number): Promise<boolean> {
    if (this.#parameters === null || this.#video === null || this.#state !== 'connected') return false;
    const parameters = { ...this.#parameters, bitrateKbps };
    await this.#video.setBitrate(this.#encoderKbps(parameters));
    this.#parameters = parameters;
    return true;
  }

  /** Stops the media of an announced session, for good. Control lives on. Does not throw. */
  async pause(): Promise<void> {
    if (this.#parameters === null || this.#ended !== null) return;
    clearTimeout(this.#mediaTimer);
    await this.#stopMedia();
  }

  /**
   * Ends the session, releases what it held, and closes its connection with or without a message, as its profile says.
   * Does not throw.
   */
  async end(reason: SessionEnd): Promise<void> {
    if (this.#ended !== null) return;
    this.#ended = reason;
    for (const timer of [this.#connectTimer, this.#mediaTimer, this.#silenceTimer]) clearTimeout(timer);
    this.#feedback.stop();
    this.#firstPings.stop();
    const stopped = this.#stopMedia();
    const { profile, media, desktop } = this.#context;
    if (!profile.keepsInput) desktop.release(this.id);
    for (const port of [media.video, media.audio]) port.release();
    this.#context.onEnd(this);
    const { terminations, disconnect } = profile.farewell(reason);
    try {
      for (let sent = 0; sent < terminations; sent += 1)
        this.#send({ type: 'termination', code: TERMINATION_GRACEFUL });
      if (disconnect !== null) await this.#control?.disconnect(disconnect);
      await stopped;
    } catch (error) {
      this.#context.onError(error);
    }
  }

  /** No more video datagrams leave, as if the video pipeline were stuck; everything else goes on. */
  stopVideo(): void {
    this.#videoIsStopped = true;
  }

  /** The session in the answer of `GET /state`. */
  report() {
    const { client, address, encryptedRtsp } = this.origin;
    const parameters = this.#parameters;
    return {
      id: this.id,
      client,
      address,
      state: this.#state,
      codec: parameters?.codec ?? null,
      width: parameters?.width ?? null,
      height: parameters?.height ?? null,
      fps: parameters === null ? null : Math.min(parameters.fps, this.#context.maxFps),
      bitrateKbps: parameters?.bitrateKbps ?? null,
      audioChannels: parameters?.audioChannels ?? null,
      encryption: parameters === null ? null : { rtsp: encryptedRtsp, ...parameters.encryption },
      pings: { video: this.#counts.videoPings, audio: this.#counts.audioPings, control: this.#counts.controlPings },
      controlMessages: this.#counts.messages,
      controlUnreadable: this.#counts.unreadable,
      framesSent: this.#video?.counts.frames ?? 0,
      framesSkipped: this.#video?.skipped ?? 0,
      videoBytes: this.#video?.counts.bytes ?? 0,
      idrRequests: this.#counts.idrRequests,
      idrsSent: this.#video?.counts.idrs ?? 0,
      audioPackets: this.#audio?.packets ?? 0,
      datagramsSent: this.#sent.video.sent + this.#sent.audio.sent,
      datagramsDropped: this.#sent.video.dropped + this.#sent.audio.dropped,
    };
  }

  get #state(): 'launched' | 'announced' | 'connected' | 'paused' {
    if (this.#parameters === null) return 'launched';
    if (this.#mediaStopped !== null) return 'paused';
    return this.#control === null ? 'announced' : 'connected';
  }

  #encoderKbps({ bitrateKbps, audioChannels }: Announcement): number {
    return encoderBitrate({
      configuredKbps: bitrateKbps,
      fecPercentage: this.#context.fec,
      channels: audioChannels,
      highQualityAudio: false,
    });
  }

  #restartSilenceTimer(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = this.#endLater('lost');
  }

  /** Undefined if the host waits for ever. */
  #endLater(reason: SessionEnd): NodeJS.Timeout | undefined {
    const { patienceMs } = this.#context.profile;
    return patienceMs === null ? undefined : setTimeout(() => void this.end(reason), patienceMs);
  }

  #target(media: Media): MediaTarget | null {
    const { echoed, plain } = this.#targets[media];
    return echoed ?? (this.#parameters?.echoesSessionIds ? null : plain);
  }

  #sendTo(media: Media, match: PingMatch, target: MediaTarget): void {
    this.#targets[media][match] = target;
    this.#startMedia();
  }

  #startMedia(): void {
    if (this.#mediaStopped !== null) return;
    const streams = { video: this.#video, audio: this.#audio };
    for (const media of ['video', 'audio'] as const) {
      if (streams[media] === null || this.#startedStreams.has(media) || this.#target(media) === null) continue;
      this.#startedStreams.add(media);
      streams[media].start();
    }
    if (this.#startedStreams.size === 2) clearTimeout(this.#mediaTimer);
  }

  #stopMedia(): Promise<void> {
    this.#mediaStopped ??= this.#closeStreams();
    return this.#mediaStopped;
  }

  async #closeStreams(): Promise<void> {
    try {
      this.#audio?.stop();
      await this.#video?.stop();
    } catch (error) {
      this.#context.onError(error);
    }
  }

  #sendMedia(media: Media, datagrams: Buffer[]): void {
    const target = media === 'video' && this.#videoIsStopped ? null : this.#target(media);
    if (target !== null) this.#context.media[media].send(datagrams, target, this.#sent[media]);
  }

  #send(message: HostMessage): void {
    const packet = this.#seal?.(message) ?? null;
    if (packet !== null) this.#control?.send(packet);
  }

  #fail(error: unknown): void {
    this.#context.onError(error);
    void this.end('failed');
  }
}

/** Whether the end of a connection that was taken over stops the media of the one that took over. */
export function pausesOnDeath({ profile, quirks }: Pick<SessionContext, 'profile' | 'quirks'>): boolean {
  return quirks.pausesOnDeath === undefined ? profile.pausesOnDeath : quirks.pausesOnDeath === 'on';
}
