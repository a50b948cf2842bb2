import { randomInt } from 'node:crypto';
import { BitstreamError } from '@moonshare/bitstream';
import { MoonshareError, type StreamerInit, type WebRtcStackUse } from '@moonshare/contract';
import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import { LARGEST_FRAME, PacketHistory, packetizeOpus, RtpVideoPacketizer, toNtp } from '@moonshare/webrtc';
import { AudioClock } from '../clock/audio-clock.ts';
import { VideoClock } from '../clock/video-clock.ts';
import type {
  NegotiatedTransport,
  NegotiatedTransportEvents,
  NegotiatingEngine,
  StreamFormat,
  TransportOptions,
  ViewerTransport,
} from '../viewer/transport.ts';
import type { WebRtcStack } from './connection.ts';
import { createStack } from './create-stack.ts';
import type { SharedMedia } from './shared-media.ts';
import { WebRtcTransport } from './transport.ts';
import { VideoDispatcher } from './video-dispatcher.ts';

const CHECK_MS = 1000;

export type WebRtcOptions = StreamerInit['webrtc'];

/** Takes the UDP port. Throws PortTakenError if it is not free, and WEBRTC_STACK_MISSING. */
export async function createWebRtcEngine(options: WebRtcOptions): Promise<WebRtcEngine> {
  return new WebRtcEngine(options, await createStack(options));
}

/** Viewers on WebRTC: all on one UDP port, each access unit packetised once. */
export class WebRtcEngine implements NegotiatingEngine {
  readonly largestFrame = LARGEST_FRAME;
  readonly stackUse: WebRtcStackUse;
  readonly #options: WebRtcOptions;
  readonly #stack: WebRtcStack;
  readonly #shared: SharedMedia;
  readonly #dispatcher: VideoDispatcher;
  readonly #transports = new Map<ViewerTransport, WebRtcTransport>();
  readonly #videoClock = new VideoClock(randomInt(2 ** 32));
  readonly #audioClock = new AudioClock({ sequence: randomInt(2 ** 16), ticks: randomInt(2 ** 32) });
  readonly #timer: NodeJS.Timeout;
  #packetizer: RtpVideoPacketizer | null = null;
  #format: StreamFormat | null = null;
  #isClosed = false;

  constructor(options: WebRtcOptions, { use, stack }: { use: WebRtcStackUse; stack: WebRtcStack }) {
    this.#options = options;
    this.stackUse = use;
    this.#stack = stack;
    this.#shared = {
      stack,
      ssrc: createSsrcs(),
      history: new PacketHistory(),
      floodedAt: Number.NEGATIVE_INFINITY,
      now: () => performance.now(),
      largePacketsRefused: () => this.#packetizer?.spareLargePackets(),
      resendLater: (transport, at) => this.#dispatcher.resendLater(transport, at),
    };
    this.#dispatcher = new VideoDispatcher(this.#shared.history);
    this.#timer = setInterval(() => this.#tick(), CHECK_MS);
  }

  /** The UDP port shared by all viewers. */
  get port(): number {
    return this.#stack.port;
  }

  get tcpError(): unknown {
    return this.#stack.tcpError;
  }

  addTransport(options: TransportOptions<NegotiatedTransportEvents>): NegotiatedTransport {
    if (this.#isClosed) throw new MoonshareError('SHUTTING_DOWN');
    if (this.#transports.size >= this.#options.maxViewers) throw new MoonshareError('VIEWER_LIMIT');
    const { events } = options;
    const transport: WebRtcTransport = new WebRtcTransport(this.#shared, {
      ...options,
      events: {
        ...events,
        connected: () => {
          events.connected();
          this.#report(transport);
        },
        closed: (error) => {
          this.#transports.delete(transport);
          events.closed(error);
        },
      },
    });
    this.#transports.set(transport, transport);
    if (this.#format !== null) transport.setFormat(this.#format);
    return transport;
  }

  setFormat(format: StreamFormat): void {
    this.#format = format;
    if (this.#packetizer?.codec !== format.codec) this.#packetizer = new RtpVideoPacketizer(format.codec);
    for (const transport of [...this.#transports.values()]) transport.setFormat(format);
  }

  sendVideo(unit: AccessUnit, transports: readonly ViewerTransport[]): readonly ViewerTransport[] {
    const timestamp = this.#videoClock.stamp(unit);
    if (transports.length === 0) return transports;
    const packets = this.#packetize(unit, timestamp);
    if (packets === null) return transports;
    const ready = transports
      .flatMap((transport) => this.#transports.get(transport) ?? [])
      .filter((transport) => transport.canTakeVideo);
    const taken = this.#dispatcher.send({ packets, keyFrame: unit.keyFrame, viewers: ready }) ? ready : [];
    if (taken.length === transports.length) return [];
    const dropped = transports.filter((transport) => !(taken as readonly ViewerTransport[]).includes(transport));
    for (const transport of dropped) this.#transports.get(transport)?.countDropped();
    return dropped;
  }

  sendAudio(packet: AudioPacket, transports: readonly ViewerTransport[]): void {
    const stamp = this.#audioClock.stamp(packet);
    if (stamp === null || transports.length === 0) return;
    const { timestamp, sequence, marker } = stamp;
    const rtp = packetizeOpus(packet.data, { ssrc: this.#shared.ssrc.audio, timestamp }, marker);
    for (const transport of transports) this.#transports.get(transport)?.sendAudio(rtp, sequence);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#dispatcher.close();
    for (const transport of [...this.#transports.values()]) transport.close(null);
    this.#stack.close();
  }

  /** Null: the host did not send an access unit of this codec. */
  #packetize(unit: AccessUnit, timestamp: number): Buffer[] | null {
    try {
      return this.#packetizer?.packetize(unit, { ssrc: this.#shared.ssrc.video, timestamp }) ?? null;
    } catch (error) {
      if (error instanceof BitstreamError) return null;
      throw error;
    }
  }

  #tick(): void {
    for (const transport of [...this.#transports.values()]) {
      transport.check();
      this.#report(transport);
    }
  }

  #report(transport: WebRtcTransport): void {
    const now = this.#shared.now();
    transport.report(toNtp(Date.now()), { video: this.#videoClock.at(now), audio: this.#audioClock.at(now) });
  }
}

/** Distinct, and none is 0. */
function createSsrcs(): SharedMedia['ssrc'] {
  const video = randomInt(1, 2 ** 32 - 2);
  return { video, audio: video + 1, rtx: video + 2 };
}
