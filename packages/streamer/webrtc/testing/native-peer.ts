import { EventEmitter, once } from 'node:events';
import type { Negotiation, ServerSignal } from '@moonshare/contract';
import { Audio, type DataChannel, PeerConnection, type Track, Video } from 'node-datachannel';
import { closeLater } from '../datachannel/close-later.ts';
import './collect-garbage.ts';
import { parseRtp, type RtpPacket } from '../../../../fixtures/depacketize.ts';

interface PeerEvents {
  /** To the engine. */
  signal: [message: Negotiation];
  description: [sdp: string, type: string];
  rtp: [packet: RtpPacket, raw: Buffer];
  /** Raw RTCP from the engine. */
  rtcp: [packet: Buffer];
  channel: [label: string];
  open: [];
  closed: [];
}

const LABELS = ['mouse', 'keyboard', 'touch', 'controllers', 'controller0'];

/** Another WebRTC implementation in the browser's place: acts only when told to, and sends no RTCP. */
export class NativePeer extends EventEmitter<PeerEvents> {
  readonly native: PeerConnection;
  readonly channels = new Map<string, DataChannel>();
  /** `label text` or `label hex` of every message so far. */
  readonly messages: string[] = [];
  readonly #tracks: Track[] = [];
  #isClosed = false;
  /** Its own offer is open: the engine answers it, and an offer of the engine that crossed it is void. */
  #awaitsAnswer = false;
  /** Candidates that came before their description; null: there is a description. */
  #early: [candidate: string, mid: string][] | null = [];
  /** Its own candidates, held back while its offer is open: on an answer the library starts ICE before it stores the fingerprint. */
  #gathered: Negotiation[] = [];

  constructor(name: string, options: { bindAddress?: string } = {}) {
    super();
    this.native = new PeerConnection(name, {
      iceServers: [],
      disableAutoNegotiation: true,
      forceMediaTransport: true,
      ...options,
    });
    this.native.onLocalDescription((sdp, type) => {
      this.emit('description', sdp, type);
      this.emit('signal', { Description: { ty: type as 'offer' | 'answer', sdp } });
    });
    this.native.onLocalCandidate((candidate, mid) => {
      const message: Negotiation = { AddIceCandidate: { candidate: candidate.replace(/^a=/, ''), sdp_mid: mid } };
      if (this.#awaitsAnswer) this.#gathered.push(message);
      else this.emit('signal', message);
    });
    this.native.onDataChannel((channel) => {
      if (channel.isOpen() && !this.#isClosed) this.#watch(channel);
    });
    this.native.onTrack((track) => this.#listen(track));
    this.native.onStateChange((state) => {
      if (state === 'closed') this.emit('closed');
    });
  }

  createChannels(): void {
    for (const label of LABELS) this.#watch(this.native.createDataChannel(label));
  }

  /** Offers as browsers do: `media` adds lines to receive video and audio. */
  offer(options: { media: boolean; h264?: string; audio?: boolean; codec?: 'h264' | 'vp8' }): void {
    if (options.media) {
      const video = new Video('0', 'RecvOnly');
      if (options.codec === 'vp8') video.addVP8Codec(96);
      else
        video.addH264Codec(
          96,
          `profile-level-id=${options.h264 ?? '64001f'};packetization-mode=1;level-asymmetry-allowed=1`,
        );
      this.#listen(this.native.addTrack(video));
      if (options.audio !== false) {
        const audio = new Audio('1', 'RecvOnly');
        audio.addOpusCodec(111);
        this.#listen(this.native.addTrack(audio));
      }
    }
    this.createChannels();
    this.#awaitsAnswer = true;
    this.native.setLocalDescription('offer');
  }

  receive(message: ServerSignal): void {
    if (typeof message !== 'object' || !('Signaling' in message)) return;
    const { Signaling } = message;
    if ('Description' in Signaling) {
      const isOffer = Signaling.Description.ty === 'offer';
      if (isOffer && this.#awaitsAnswer) return;
      this.#awaitsAnswer = false;
      this.native.setRemoteDescription(Signaling.Description.sdp, Signaling.Description.ty as 'offer' | 'answer');
      if (isOffer) this.native.setLocalDescription('answer');
      for (const early of this.#early ?? []) this.native.addRemoteCandidate(...early);
      this.#early = null;
      for (const message of this.#gathered.splice(0)) this.emit('signal', message);
    } else {
      const { candidate, sdp_mid } = Signaling.AddIceCandidate;
      if (this.#early === null) this.native.addRemoteCandidate(candidate, sdp_mid ?? '0');
      else this.#early.push([candidate, sdp_mid ?? '0']);
    }
  }

  /** RTCP can be sent. */
  get isOpen(): boolean {
    return this.#tracks[0]?.isOpen() === true;
  }

  /** RTCP to the engine. */
  sendRtcp(packet: Buffer): void {
    this.#tracks[0]!.sendMessageBinary(packet);
  }

  async channel(label: string): Promise<DataChannel> {
    const channel = this.channels.get(label);
    if (channel?.isOpen()) return channel;
    for (;;) {
      const [opened] = await once(this, 'channel');
      if (opened === label) return this.channels.get(label)!;
    }
  }

  close(): void {
    this.native.close();
    closeLater([...this.channels.values(), ...this.#tracks]);
    // Whatever handlers reference is held for ever if the library misses the end (channels/).
    this.channels.clear();
    this.#tracks.length = 0;
    this.#isClosed = true;
  }

  #watch(channel: DataChannel): void {
    const label = channel.getLabel();
    this.channels.set(label, channel);
    channel.onMessage((data) => {
      this.messages.push(`${label} ${typeof data === 'string' ? data : (data as Buffer).toString('hex')}`);
    });
    channel.onClosed(() => {});
    channel.onOpen(() => this.emit('channel', label));
    if (channel.isOpen()) this.emit('channel', label);
  }

  #listen(track: Track): void {
    this.#tracks.push(track);
    track.onClosed(() => {});
    track.onOpen(() => this.emit('open'));
    // A track added to a connection that is up may be open before anything listens.
    if (track.isOpen()) this.emit('open');
    track.onMessage((packet) => {
      const type = packet[1]! & 0x7f;
      if (type >= 64 && type <= 95) this.emit('rtcp', packet);
      else this.emit('rtp', parseRtp(packet), packet);
    });
  }
}
