import { randomBytes, randomInt } from 'node:crypto';
import {
  type GeneralMessage,
  invariant,
  MoonshareError,
  type Negotiation as NegotiationMessage,
  type SessionDescription,
  type ViewerFeedback,
} from '@moonshare/contract';
import {
  buildSenderReport,
  type LocalDescription,
  type NegotiationStep,
  type Ntp,
  restartsIce,
  SdpNegotiation,
  type SdpTransport,
} from '@moonshare/webrtc';
import { BudgetMeter, EXCEEDED } from '../viewer/budget-meter.ts';
import type {
  NegotiatedTransport,
  NegotiatedTransportEvents,
  NetworkStatistics,
  StreamFormat,
  TransportOptions,
  TransportStatistics,
  ViewerSound,
} from '../viewer/transport.ts';
import { ViewerChannels } from './channels/viewer-channels.ts';
import type { Connection, SendRtp } from './connection.ts';
import { RemoteCandidates } from './ice/remote-candidates.ts';
import { Liveness } from './liveness.ts';
import { AudioSender, VideoSender } from './media-sender.ts';
import { negotiationError } from './negotiation-error.ts';
import { RtcpReceiver } from './rtcp/receiver.ts';
import type { SharedMedia } from './shared-media.ts';
import type { VideoPart, VideoSink } from './video-dispatcher.ts';

/** A browser that offers on its own does so at once; after this it is waiting for ours, protocol/4 §4. */
const OFFER_AFTER_MS = 500;
/** From the start to an open connection, and from an offer of ours to its answer. */
const CONNECT_MS = 20_000;
const ANSWER_MS = 10_000;
/** A key frame request while a large key frame is being sent or repaired, or soon after, is a request for that one. */
const KEY_FRAME_MS = 250;
/** As browsers know our stream. */
const STREAM_NAME = 'moonshare';

const SOUND: Record<'all' | 'stereo', ViewerSound> = { all: 'unchanged', stereo: 'stereo mix' };

type State =
  /** No open connection yet. */
  | { name: 'connecting'; since: number }
  /** Connected, but the browser has not agreed to the video yet. */
  | { name: 'open' }
  /** Media can be sent. `isFlowing` is false while a changed stream is renegotiated. */
  | { name: 'live'; isFlowing: boolean }
  | { name: 'closed' };

/** The states that may follow each state. */
const NEXT: Record<State['name'], readonly State['name'][]> = {
  connecting: ['open', 'closed'],
  open: ['live', 'closed'],
  live: ['live', 'closed'],
  closed: [],
};

/** One browser on WebRTC. */
export class WebRtcTransport implements NegotiatedTransport, VideoSink {
  readonly kind = 'webrtc';
  readonly #id: string;
  readonly #events: NegotiatedTransportEvents;
  readonly #shared: SharedMedia;
  readonly #negotiation: SdpNegotiation;
  readonly #channels: ViewerChannels;
  readonly #meter: BudgetMeter;
  readonly #rtcp: RtcpReceiver;
  readonly #video = new VideoSender(randomInt(2 ** 15));
  readonly #audio = new AudioSender(randomInt(2 ** 15));
  readonly #counters = { frames_sent: 0, frames_dropped: 0 };
  #state: State;
  #connection: Connection | null = null;
  #remote: SdpTransport | null = null;
  readonly #candidates: RemoteCandidates;
  /** It has sent a description; the first is free, so that every viewer gets a picture. */
  #isDescribed = false;
  #offerTimer: NodeJS.Timeout | null;
  /** When our open offer was sent. */
  #offeredAt: number | null = null;
  readonly #liveness: Liveness;
  #isSilent = false;
  /** When packets of a large key frame were last sent or resent. */
  #keyFrameAt = Number.NEGATIVE_INFINITY;
  /** As far as is known. If it does not, frames that need them are lost, and its browser reports so. */
  #takesLargePackets = true;
  readonly #sendVideoRtp: SendRtp = (...args) => this.#connection?.sendVideo(...args) ?? false;
  readonly #resendVideoRtp: SendRtp = (...args) => this.#connection?.resendVideo(...args) ?? false;
  readonly #sendAudioRtp: SendRtp = (...args) => this.#connection?.sendAudio(...args) ?? false;

  constructor(shared: SharedMedia, { id, acceptsInput, account, events }: TransportOptions<NegotiatedTransportEvents>) {
    this.#id = id;
    this.#events = events;
    this.#shared = shared;
    this.#state = { name: 'connecting', since: shared.now() };
    this.#liveness = new Liveness(shared.now());
    this.#negotiation = new SdpNegotiation({
      transport: { ...createCredentials(), fingerprint: shared.stack.fingerprint },
      newCredentials: createCredentials,
      ssrc: shared.ssrc,
      can: shared.stack.can,
      sessionId: String(randomInt(2 ** 47)),
      streamId: STREAM_NAME,
    });
    this.#meter = new BudgetMeter(account, shared.now, {
      flooded: () => {
        shared.floodedAt = shared.now();
      },
      exceeded: (what) => this.close(new MoonshareError('RATE_LIMITED', { message: EXCEEDED[what] })),
    });
    this.#candidates = new RemoteCandidates(this.#meter);
    this.#rtcp = new RtcpReceiver({
      ssrc: shared.ssrc,
      meter: this.#meter,
      events: {
        received: (isReport) => {
          this.#received();
          if (isReport) this.#liveness.reported();
        },
        missing: (sequences, rttMs) => {
          this.#video.missing(sequences, shared.now(), rttMs);
          this.#resend();
        },
        transportFeedback: (feedback) => this.#connection?.transportFeedback(feedback),
        keyFrameRequested: () => {
          if (shared.now() - this.#keyFrameAt >= KEY_FRAME_MS) events.keyFrameNeeded();
        },
      },
    });
    this.#channels = new ViewerChannels({
      meter: this.#meter,
      acceptsInput,
      events: {
        input: (event) => events.input(event),
        inputLost: () => events.inputLost(),
        received: () => this.#received(),
        failed: (error) => this.#fail(error),
      },
    });
    this.#offerTimer = setTimeout(() => this.#try(() => this.#offer()), OFFER_AFTER_MS);
  }

  get sound(): ViewerSound | null {
    const { channels } = this.#negotiation;
    return channels === null ? null : SOUND[channels];
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  signal(message: NegotiationMessage): void {
    if (this.#state.name === 'closed') return;
    this.#try(() => {
      if ('Description' in message) this.#describe(message.Description);
      else this.#takeCandidate(message.AddIceCandidate.candidate);
    });
  }

  sendFeedback(feedback: ViewerFeedback): void {
    this.#try(() => this.#channels.sendFeedback(feedback));
  }

  sendGeneral(message: GeneralMessage): void {
    this.#try(() => this.#channels.sendGeneral(message));
  }

  stats(): TransportStatistics {
    const { name } = this.#state;
    const sent = [this.#video.sent, this.#audio.sent];
    return {
      state: name === 'closed' ? 'closed' : name === 'live' ? 'connected' : 'negotiating',
      bytes_sent: sent.reduce((sum, { bytes }) => sum + bytes, 0),
      packets_sent: sent.reduce((sum, { packets }) => sum + packets, 0),
      ...this.#counters,
      packets_resent: this.#video.packetsResent,
      malformed_messages: this.#channels.malformed,
      ...this.#rtcp.stats(),
      ...this.#network(),
    };
  }

  /** Ours is better founded than the browser's, which may not make one if we do. */
  #network(): NetworkStatistics {
    const ours = this.#connection?.network ?? null;
    if (ours !== null)
      return {
        estimated_bitrate_kbps: ours.kbps,
        estimate_source: 'transport-cc',
        estimate_is_minimum: !ours.isLimit,
      };
    const theirs = this.#rtcp.estimatedKbps;
    return {
      estimated_bitrate_kbps: theirs,
      estimate_source: theirs === null ? null : 'remb',
      estimate_is_minimum: false,
    };
  }

  /** Calls `events.closed` before it returns. */
  close(error: MoonshareError | null): void {
    if (this.#state.name === 'closed') return;
    this.#enter({ name: 'closed' });
    this.#clearOfferTimer();
    this.#channels.close();
    this.#connection?.close();
    this.#connection = null;
    this.#events.closed(error);
  }

  /** The stream's current format. */
  setFormat(format: StreamFormat): void {
    this.#try(() => {
      this.#negotiation.setFormat(format);
      this.#proceed();
    });
  }

  get canTakeVideo(): boolean {
    return this.#state.name === 'live' && this.#negotiation.video !== null;
  }

  /** A frame that was due to it was not sent. */
  countDropped(): void {
    this.#counters.frames_dropped += 1;
  }

  /** Emits `frameDropped` if the viewer is still there. */
  sendVideo(packets: readonly Buffer[], part: VideoPart): boolean {
    try {
      return this.#sendVideo(packets, part);
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #sendVideo(packets: readonly Buffer[], part: VideoPart): boolean {
    const binding = this.#negotiation.video;
    if (this.#state.name === 'closed') return false;
    if (this.#state.name !== 'live' || binding === null) return this.#drop();
    if (!this.#video.send(packets, part, binding, this.#sendVideoRtp) && this.#takesLargePackets) {
      this.#spareLargePackets();
      return this.#drop();
    }
    if (part.keyFrame && !(part.isFirst && part.isLast)) this.#keyFrameAt = part.now;
    if (part.isLast) this.#counters.frames_sent += 1;
    return true;
  }

  #spareLargePackets(): void {
    this.#takesLargePackets = false;
    this.#shared.largePacketsRefused();
  }

  /** Frames of large packets were sent, but not completely. */
  #onLargePacketsRefused(): void {
    if (!this.#takesLargePackets) return;
    this.#spareLargePackets();
    this.#events.keyFrameNeeded();
  }

  #drop(): false {
    this.#counters.frames_dropped += 1;
    this.#events.frameDropped();
    return false;
  }

  resend(): void {
    this.#try(() => this.#resend());
  }

  #resend(): void {
    const binding = this.#negotiation.video;
    if (this.#state.name === 'closed' || binding === null) return;
    const { history } = this.#shared;
    const now = this.#shared.now();
    const { isGone, includesKeyFrame, wakeAt } = this.#video.resend(history, now, binding, this.#resendVideoRtp);
    if (includesKeyFrame) this.#keyFrameAt = now;
    if (wakeAt !== Number.POSITIVE_INFINITY) this.#shared.resendLater(this, wakeAt);
    if (isGone) this.#events.keyFrameNeeded();
  }

  sendAudio(packet: Buffer, sequence: number): void {
    const binding = this.#negotiation.audio;
    if (this.#state.name !== 'live' || binding === null) return;
    this.#try(() => this.#audio.send(packet, sequence, binding, this.#sendAudioRtp));
  }

  /** Sends sender reports. The timestamps are the values of the RTP clocks at `ntp`; null: the stream has not begun. */
  report(ntp: Ntp, timestamps: { video: number | null; audio: number | null }): void {
    this.#try(() => this.#report(ntp, timestamps));
  }

  #report(ntp: Ntp, timestamps: { video: number | null; audio: number | null }): void {
    if (this.#state.name !== 'live') return;
    for (const [kind, sender] of [['video', this.#video] as const, ['audio', this.#audio] as const]) {
      const rtpTimestamp = timestamps[kind];
      if (rtpTimestamp === null || this.#negotiation[kind] === null) continue;
      const { packets, payloadBytes } = sender.sent.own;
      this.#connection?.sendRtcp(
        buildSenderReport({
          ssrc: this.#shared.ssrc[kind],
          ntp,
          rtpTimestamp,
          packets,
          bytes: payloadBytes,
          cname: STREAM_NAME,
        }),
      );
    }
  }

  /** Once a second: closes browsers that do not connect, do not answer, or are gone. */
  check(): void {
    this.#try(() => this.#check(this.#shared.now()));
  }

  #check(now: number): void {
    this.#channels.check();
    const state = this.#state;
    if (state.name === 'connecting' && now - state.since > CONNECT_MS)
      this.close(new MoonshareError('VIEWER_UNREACHABLE'));
    else if (this.#offeredAt !== null && now - this.#offeredAt > ANSWER_MS)
      this.close(new MoonshareError('VIEWER_UNREACHABLE', { message: 'The browser did not answer the offer' }));
    else if (state.name === 'live') this.#checkPresence(now);
  }

  #checkPresence(now: number): void {
    const presence = this.#liveness.presence(now, this.#shared.floodedAt);
    if (presence === 'gone') this.close(new MoonshareError('VIEWER_SILENT'));
    else if (presence === 'quiet' && !this.#isSilent) {
      this.#isSilent = true;
      this.#events.silent();
    }
  }

  #describe(description: SessionDescription): void {
    if (this.#isDescribed && !this.#meter.allows('descriptions')) return;
    this.#isDescribed = true;
    // Other types belong to an earlier negotiation, and this browser may be waiting for our offer.
    if (description.ty === 'offer') this.#clearOfferTimer();
    const step = this.#negotiation.receive({ type: description.ty, sdp: description.sdp });
    if (!this.#negotiation.hasOpenOffer) this.#offeredAt = null;
    const change = changeOf(this.#remote, step.transport);
    const connects = change === 'all' || (change === 'credentials' && this.#state.name === 'connecting');
    const restarts = change === 'credentials' && !connects;
    // It is whoever needs it that offers a restart.
    const canRestart = step.answer !== null && this.#connection?.restartIce != null;
    if ((connects && this.#state.name !== 'connecting') || (restarts && !canRestart))
      throw new MoonshareError('VIEWER_UNREACHABLE', {
        message: 'The browser restarted ICE, which needs a new connection',
      });
    if (step.answer !== null) this.#describeOurs(step.answer);
    // The receiver of the signal may have closed the viewer.
    if (this.#isClosed()) return;
    if (step.transport !== null && connects) this.#connect(step, step.transport, description.ty === 'answer');
    else if (step.transport !== null && restarts) this.#restartIce(step.transport);
    for (const candidate of step.candidates) this.#takeCandidate(candidate);
    this.#proceed();
  }

  #connect(step: NegotiationStep, transport: SdpTransport, weOffered: boolean): void {
    // A browser that offers twice in quick succession may have made new credentials: the first are void then.
    this.#channels.close();
    this.#connection?.close();
    this.#remote = transport;
    const connection = this.#createConnection();
    this.#connection = connection;
    if (step.application !== null) this.#channels.setGeneral(connection.createChannel('general'));
    const setup = this.#negotiation.setup ?? 'passive';
    connection.start(this.#negotiation.transport, { transport, setup, application: step.application, weOffered });
    for (const candidate of this.#candidates.all()) connection.addCandidate(candidate);
  }

  #restartIce(transport: SdpTransport): void {
    this.#candidates.clear();
    this.#remote = transport;
    this.#connection?.restartIce?.(this.#negotiation.transport, transport);
  }

  #createConnection(): Connection {
    const connection: Connection = this.#shared.stack.createConnection(this.#id, {
      candidate: (candidate) => this.#announce(candidate),
      open: () => {
        this.#received();
        if (this.#state.name === 'connecting') {
          this.#enter({ name: 'open' });
          this.#events.opened();
        }
        this.#proceed();
      },
      channel: (channel) => this.#channels.add(channel),
      admitsData: ({ bytes, chunks }) =>
        this.#meter.allows('dataBytes', bytes) && this.#meter.allows('dataChunks', chunks),
      rtcp: (packet) => this.#rtcp.receive(packet),
      largePacketsRefused: () => this.#onLargePacketsRefused(),
      ended: (state) => {
        if (this.#connection === connection) this.close(this.#whyEnded(state === 'failed'));
      },
      failed: (error) => this.#fail(error),
    });
    return connection;
  }

  /** Does what comes next: our offer, or media. */
  #proceed(): void {
    if (this.#state.name === 'open' || this.#state.name === 'live') {
      if (this.#negotiation.wantsToOffer) this.#offer();
      const hasVideo = this.#negotiation.video !== null;
      if (this.#state.name === 'open' && hasVideo) {
        this.#enter({ name: 'live', isFlowing: true });
        this.#received();
        this.#events.connected();
      } else if (this.#state.name === 'live' && this.#state.isFlowing !== hasVideo) {
        this.#enter({ name: 'live', isFlowing: hasVideo });
        if (hasVideo) this.#events.keyFrameNeeded();
      }
    }
  }

  #offer(): void {
    this.#clearOfferTimer();
    if (this.#isClosed() || !this.#negotiation.wantsToOffer) return;
    const offer = this.#negotiation.offer();
    this.#offeredAt = this.#shared.now();
    this.#describeOurs(offer);
  }

  #describeOurs({ type, sdp }: LocalDescription): void {
    this.#events.signal({ Signaling: { Description: { ty: type, sdp } } });
  }

  #takeCandidate(line: string): void {
    const candidate = this.#candidates.add(line);
    if (candidate !== null) this.#connection?.addCandidate(candidate);
  }

  #announce(candidate: string): void {
    const { mid, index } = this.#negotiation.bundleLine;
    this.#events.signal({
      Signaling: {
        AddIceCandidate: {
          candidate,
          sdp_mid: mid,
          sdp_mline_index: index,
          username_fragment: this.#negotiation.transport.ufrag,
        },
      },
    });
  }

  #received(): void {
    this.#liveness.received(this.#shared.now());
    this.#isSilent = false;
  }

  #whyEnded(byIce: boolean): MoonshareError | null {
    if (this.#state.name === 'connecting') return new MoonshareError('VIEWER_UNREACHABLE');
    return this.#liveness.hasLeft(this.#shared.now(), byIce) ? null : new MoonshareError('VIEWER_SILENT');
  }

  #enter(state: State): void {
    invariant(NEXT[this.#state.name].includes(state.name), 'a viewer made an impossible change of state');
    invariant(state.name === 'closed' || this.#connection !== null, 'a viewer is connected without a connection');
    this.#state = state;
  }

  #isClosed(): boolean {
    return this.#state.name === 'closed';
  }

  #clearOfferTimer(): void {
    if (this.#offerTimer !== null) clearTimeout(this.#offerTimer);
    this.#offerTimer = null;
  }

  /** One viewer's failure closes that viewer and nothing else. */
  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.close(negotiationError(error));
  }
}

/** What of the browser's transport is new. */
function changeOf(before: SdpTransport | null, now: SdpTransport | null): 'nothing' | 'credentials' | 'all' {
  if (now === null) return 'nothing';
  if (before === null || before.fingerprint !== now.fingerprint) return 'all';
  return restartsIce(before, now) ? 'credentials' : 'nothing';
}

/** RFC 8839 §5.4: letters, digits, + and /. */
function createCredentials(): { ufrag: string; password: string } {
  return { ufrag: randomBytes(6).toString('base64'), password: randomBytes(24).toString('base64') };
}
