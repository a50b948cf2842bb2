import { type LocalTransport, type StreamBinding, sendPatched } from '@moonshare/webrtc';
import { type DataChannel, PeerConnection, type RtcConfig, type Track, Video } from 'node-datachannel';
import type { Channel, Connection, ConnectionEvents, RemoteTransport } from '../connection.ts';
import { type Announcement, CandidateAnnouncer } from './candidate-announcer.ts';
import { closeLater } from './close-later.ts';

/**
 * One connection of node-datachannel, used as a plain transport: ICE, DTLS, SRTP and SCTP. The library sees a minimal description of our
 * own; the browser's never reaches it, and media are negotiated outside (sdp/). The library always answers: so its
 * fingerprint check cannot run before the fingerprint is known (docs/webrtc.md), and no candidate is announced before the
 * browser's credentials have come.
 */
export class DatachannelConnection implements Connection {
  /** The library takes no other credentials than its first (docs/webrtc.md). */
  readonly restartIce = null;
  readonly #native: PeerConnection;
  readonly #events: ConnectionEvents;
  /** One track carries video and audio, so that all RTCP arrives in one place, even reports without blocks. */
  readonly #track: Track;
  readonly #announcer: CandidateAnnouncer;
  #closed = false;
  /** The library copies the packet at once. False: not open, or the socket is full. */
  readonly #send = (packet: Buffer): boolean => {
    try {
      return !this.#closed && this.#track.sendMessageBinary(packet);
    } catch {
      return false;
    }
  };

  constructor(name: string, config: RtcConfig, announcement: Announcement, events: ConnectionEvents) {
    this.#events = events;
    this.#native = new PeerConnection(name, config);
    this.#announcer = new CandidateAnnouncer(announcement);
    this.#native.onLocalCandidate(this.#guard((line: string) => this.#announce(this.#announcer.translate(line))));
    this.#native.onStateChange(
      this.#guard((state: string) => {
        if (state === 'closed' || state === 'disconnected' || state === 'failed') events.ended(state);
      }),
    );
    this.#native.onDataChannel(this.#guard((channel: DataChannel) => events.channel(channel)));
    const media = new Video('media', 'SendOnly');
    media.addVP8Codec(96);
    this.#track = this.#native.addTrack(media);
    this.#track.onOpen(this.#guard(() => events.open()));
    this.#track.onMessage(this.#guard((packet: Buffer) => events.rtcp(packet)));
    // A track or channel keeps the process alive until it has closed by itself and its close was handled.
    this.#track.onClosed(() => {});
  }

  createChannel(label: string): Channel {
    return this.#native.createDataChannel(label);
  }

  start(local: LocalTransport, remote: RemoteTransport): void {
    this.#native.setRemoteDescription(remoteDescription(remote), 'offer');
    this.#native.setLocalDescription('answer', { iceUfrag: local.ufrag, icePwd: local.password });
    this.#announce(this.#announcer.first());
  }

  addCandidate(candidate: string): void {
    this.#native.addRemoteCandidate(candidate, 'media');
  }

  sendVideo(packets: readonly Buffer[], binding: StreamBinding, sequence: number): boolean {
    return sendPatched(packets, binding, sequence, this.#send);
  }

  resendVideo(packets: readonly Buffer[], binding: StreamBinding, sequence: number): boolean {
    return this.sendVideo(packets, binding, sequence);
  }

  sendAudio(packets: readonly Buffer[], binding: StreamBinding, sequence: number): boolean {
    return this.sendVideo(packets, binding, sequence);
  }

  sendRtcp(packet: Buffer): void {
    this.#send(packet);
  }

  /** Its packets have no such numbers. */
  transportFeedback(): void {}

  readonly network = null;

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close();
    closeLater([this.#track]);
  }

  #announce(candidates: readonly string[]): void {
    for (const candidate of candidates) this.#events.candidate(candidate);
  }

  /** An exception in a callback from native code would end the process. */
  #guard<A extends unknown[]>(handler: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      if (this.#closed) return;
      try {
        handler(...args);
      } catch (error) {
        this.#events.failed(error);
      }
    };
  }
}

function remoteDescription({ transport, setup, application, weOffered }: RemoteTransport): string {
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    // To the library the browser made the offer. Declared ice-lite, it leaves control to us, as it must after an offer of ours.
    ...(weOffered ? ['a=ice-lite'] : []),
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP4 0.0.0.0',
    'a=mid:media',
    'a=recvonly',
    'a=rtcp-mux',
    'a=rtpmap:96 VP8/90000',
    `a=ice-ufrag:${transport.ufrag}`,
    `a=ice-pwd:${transport.password}`,
    `a=fingerprint:${transport.fingerprint}`,
    // If the browser leaves the choice, it becomes the DTLS client, since it then picks AES-GCM (docs/webrtc.md).
    `a=setup:${setup === 'passive' ? 'active' : 'passive'}`,
  ];
  if (application !== null)
    lines.push(
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 0.0.0.0',
      'a=mid:data',
      `a=sctp-port:${application.sctpPort}`,
      'a=max-message-size:65536',
    );
  return `${lines.join('\r\n')}\r\n`;
}
