import type { IceCandidate, Negotiation, SessionDescription } from '@moonshare/contract';
import { Audio, type DataChannel, PeerConnection, type Track, Video } from 'node-datachannel';
import { Picture } from './picture.ts';

const H264 = 96;
const OPUS = 111;
const H264_PARAMETERS = 'profile-level-id=64001f;packetization-mode=1;level-asymmetry-allowed=1';
/** Browsers report at least every five seconds; the streamer gives up on those that do not. */
const REPORT_MS = 1_000;
/** A receiver report without report blocks (RFC 3550 §6.4.2). */
const REPORT = Buffer.from('80c9000100000001', 'hex');

export interface PeerEvents {
  signal(message: Negotiation): void;
  /** A complete frame, once there was a key frame. */
  frame(): void;
  /** The connection has failed, or the other side ended it. */
  ended(): void;
}

/** One native peer connection that negotiates, reports and requests key frames as browsers do. It decodes nothing. */
export class ChaosPeer {
  readonly #native: PeerConnection;
  readonly #events: PeerEvents;
  readonly #tracks: Track[] = [];
  readonly #channels: DataChannel[] = [];
  readonly #keyboard: DataChannel;
  readonly #reports: NodeJS.Timeout;
  readonly #picture = new Picture();
  readonly #early: IceCandidate[] = [];
  /** The library checks certificates too early if it connects before its offer is answered (docs/webrtc.md). */
  readonly #unsent: Negotiation[] = [];
  #video: Track | null = null;
  #answered = false;
  #closed = false;

  /** `media`: offers to receive media, as our page does; legacy front ends offer data channels only and are offered the media. */
  constructor(name: string, media: boolean, events: PeerEvents) {
    const native = new PeerConnection(name, {
      iceServers: [],
      bindAddress: '127.0.0.1',
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    this.#native = native;
    this.#events = events;
    native.onLocalDescription((sdp, ty) => events.signal({ Description: { ty: ty as 'offer' | 'answer', sdp } }));
    native.onLocalCandidate((candidate, sdp_mid) => {
      const message = { AddIceCandidate: { candidate: candidate.replace(/^a=/, ''), sdp_mid } };
      if (this.#answered) events.signal(message);
      else this.#unsent.push(message);
    });
    native.onStateChange((state) => {
      if (!this.#closed && (state === 'failed' || state === 'closed' || state === 'disconnected')) events.ended();
    });
    native.onTrack((track) => this.#take(track, track.type()));
    native.onDataChannel((channel) => this.#keep(channel));
    if (media) this.#offerToReceive();
    this.#keyboard = this.#keep(native.createDataChannel('keyboard'));
    this.#reports = setInterval(() => this.#report(), REPORT_MS);
    native.setLocalDescription('offer');
  }

  receive(message: Negotiation): void {
    if (this.#closed) return;
    try {
      if ('Description' in message) this.#describe(message.Description);
      else if (!this.#answered) this.#early.push(message.AddIceCandidate);
      else this.#native.addRemoteCandidate(message.AddIceCandidate.candidate, message.AddIceCandidate.sdp_mid ?? '0');
    } catch {
      // The connection has ended meanwhile.
      this.#events.ended();
    }
  }

  /** Returns whether it was sent. */
  key(virtualKey: number, down: boolean): boolean {
    if (this.#closed || !this.#keyboard.isOpen()) return false;
    this.#keyboard.sendMessageBinary(Buffer.from([0, down ? 1 : 0, 0, 0, virtualKey]));
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#reports);
    for (const part of [...this.#channels, ...this.#tracks]) part.close();
    this.#native.close();
  }

  #describe({ ty, sdp }: SessionDescription): void {
    if (ty === 'answer') {
      if (this.#answered) return;
      this.#native.setRemoteDescription(sdp, 'answer');
      this.#answered = true;
      for (const message of this.#unsent.splice(0)) this.#events.signal(message);
      for (const { candidate, sdp_mid } of this.#early) this.#native.addRemoteCandidate(candidate, sdp_mid ?? '0');
    } else if (ty === 'offer' && this.#answered) {
      // While our offer is open, the server answers that; a later offer says what the stream has become.
      this.#native.setRemoteDescription(sdp, 'offer');
      this.#native.setLocalDescription('answer');
    }
  }

  #offerToReceive(): void {
    const video = new Video('0', 'RecvOnly');
    video.addH264Codec(H264, H264_PARAMETERS);
    const audio = new Audio('1', 'RecvOnly');
    audio.addOpusCodec(OPUS);
    this.#take(this.#native.addTrack(video), 'video');
    this.#take(this.#native.addTrack(audio), 'audio');
  }

  #take(track: Track, type: string): void {
    this.#tracks.push(track);
    // Without a listener, its end keeps the process alive.
    track.onClosed(() => {});
    if (type !== 'video') return;
    this.#video = track;
    track.onMessage((packet) => {
      if (!this.#closed && this.#picture.take(packet)) this.#events.frame();
    });
  }

  #keep(channel: DataChannel): DataChannel {
    this.#channels.push(channel);
    channel.onClosed(() => {});
    return channel;
  }

  #report(): void {
    if (this.#video?.isOpen() !== true) return;
    this.#video.sendMessageBinary(REPORT);
    const request = this.#picture.keyFrameRequest();
    if (request !== null) this.#video.sendMessageBinary(request);
  }
}
