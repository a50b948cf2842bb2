import type { IceServer, Negotiation as NegotiationMessage, ViewerInput } from '@moonshare/contract';
import { type ChannelEvents, Channels } from './channels.ts';
import { Negotiation, type NegotiationEvents } from './negotiation.ts';
import { takesSurround } from './surround.ts';

export interface PeerEvents extends NegotiationEvents, ChannelEvents {
  /** The first track has begun to carry media; the other joins the same stream. */
  stream(stream: MediaStream): void;
}

/** One peer connection with all that belongs to it. Never reused: after a failure a fresh one is made. */
export class Peer {
  readonly #connection: RTCPeerConnection;
  readonly #channels: Channels;
  readonly #negotiation: Negotiation;
  readonly #release = new AbortController();

  constructor({ iceServers, stereo, events }: { iceServers: IceServer[]; stereo: boolean; events: PeerEvents }) {
    this.#connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    this.#channels = new Channels(this.#connection, events);
    this.#negotiation = new Negotiation(this.#connection, events, {
      surround: !stereo && takesSurround(navigator.userAgent),
    });
    this.#collectTracks(events);
    this.#negotiation.start();
  }

  receive(message: NegotiationMessage): void {
    this.#negotiation.receive(message);
  }

  send(event: ViewerInput): void {
    this.#channels.send(event);
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#release.abort();
    this.#negotiation.close();
    this.#connection.close();
  }

  #collectTracks(events: PeerEvents): void {
    const { signal } = this.#release;
    const stream = new MediaStream();
    let announced = false;
    this.#connection.addEventListener(
      'track',
      ({ track, receiver }) => {
        preferLowDelay(receiver);
        stream.addTrack(track);
        // The picture before stays until this one really comes.
        track.addEventListener(
          'unmute',
          () => {
            if (announced) return;
            announced = true;
            events.stream(stream);
          },
          { signal },
        );
      },
      { signal },
    );
  }
}

/** The buffer is kept as short as the network allows; older Chromium knows the hint only. */
function preferLowDelay(receiver: RTCRtpReceiver & { playoutDelayHint?: number | null }): void {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
  if ('playoutDelayHint' in receiver) receiver.playoutDelayHint = 0;
}
