import type { Negotiation, ServerSignal } from '@moonshare/contract';
import { Audio, type DataChannel, PeerConnection, type Track, Video } from 'node-datachannel';
import { now } from '../harness/clock.ts';

/** Browsers report at least every five seconds; the streamer gives up on viewers that stop. */
const REPORT_MS = 1000;
/** An empty receiver report (RFC 3550 §6.4.2). */
const REPORT = Buffer.from('80c9000100000001', 'hex');
const RTP_MARKER = 0x80;
const H264 = 96;
const OPUS = 111;

/** One viewer: receives packets, decodes nothing, reports once a second. */
export class BenchPeer {
  readonly #native: PeerConnection;
  readonly #tracks: Track[] = [];
  readonly #keyboard: DataChannel;
  readonly #reports: NodeJS.Timeout;
  #framesReceived = 0;

  /** `watched`: counts frames, which costs a call into JavaScript per packet; others only decrypt. */
  constructor(name: string, watched: boolean, signal: (message: Negotiation) => void) {
    this.#native = new PeerConnection(name, {
      iceServers: [],
      bindAddress: '127.0.0.1',
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    this.#native.onLocalDescription((sdp, ty) => signal({ Description: { ty: ty as 'offer', sdp } }));
    this.#native.onLocalCandidate((candidate, mid) => {
      signal({ AddIceCandidate: { candidate: candidate.replace(/^a=/, ''), sdp_mid: mid } });
    });
    const video = new Video('0', 'RecvOnly');
    video.addH264Codec(H264, 'profile-level-id=64002a;packetization-mode=1;level-asymmetry-allowed=1');
    const audio = new Audio('1', 'RecvOnly');
    audio.addOpusCodec(OPUS);
    for (const media of [video, audio]) this.#tracks.push(this.#native.addTrack(media));
    if (watched) this.#tracks[0]!.onMessage((packet) => this.#count(packet));
    this.#keyboard = this.#native.createDataChannel('keyboard');
    this.#reports = setInterval(() => this.#report(), REPORT_MS);
    this.#native.setLocalDescription('offer');
  }

  /** Since the last call. */
  takeFramesReceived(): number {
    const frames = this.#framesReceived;
    this.#framesReceived = 0;
    return frames;
  }

  receive(message: ServerSignal): void {
    if (typeof message !== 'object' || !('Signaling' in message)) return;
    const { Signaling } = message;
    if ('Description' in Signaling) {
      // The streamer makes an offer if ours was slow to arrive, but answers ours all the same.
      if (Signaling.Description.ty === 'answer') this.#native.setRemoteDescription(Signaling.Description.sdp, 'answer');
    } else
      this.#native.addRemoteCandidate(Signaling.AddIceCandidate.candidate, Signaling.AddIceCandidate.sdp_mid ?? '0');
  }

  /** Sends a message on the keyboard channel; returns when it did. */
  type(data: Uint8Array): number {
    const at = now();
    this.#keyboard.sendMessageBinary(data);
    return at;
  }

  close(): void {
    clearInterval(this.#reports);
    for (const track of this.#tracks) track.close();
    this.#native.close();
  }

  #count(packet: Buffer): void {
    if ((packet[1]! & RTP_MARKER) !== 0 && (packet[1]! & ~RTP_MARKER) === H264) this.#framesReceived += 1;
  }

  #report(): void {
    const track = this.#tracks[0]!;
    if (track.isOpen()) track.sendMessageBinary(REPORT);
  }
}
