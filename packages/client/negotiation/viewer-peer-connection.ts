import type { IceServer, Negotiation as NegotiationMessage, ViewerInput } from '@moonshare/contract';
import { takesSurround } from './audio-sdp.ts';
import { type DataChannelEvents, DataChannels } from './data-channels.ts';
import { OfferNegotiation, type OfferNegotiationEvents } from './negotiation.ts';

export interface ViewerPeerConnectionEvents extends OfferNegotiationEvents, DataChannelEvents {
  /** The first track has begun to carry media; the other one is in the same stream. */
  stream(stream: MediaStream): void;
}

/** One peer connection with everything that belongs to it. Never reused: after a failure a new one is made. */
export class ViewerPeerConnection {
  readonly #connection: RTCPeerConnection;
  readonly #channels: DataChannels;
  readonly #negotiation: OfferNegotiation;
  readonly #release = new AbortController();

  constructor({
    iceServers,
    stereo,
    events,
  }: { iceServers: IceServer[]; stereo: boolean; events: ViewerPeerConnectionEvents }) {
    this.#connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    this.#channels = new DataChannels(this.#connection, events);
    this.#negotiation = new OfferNegotiation(this.#connection, events, {
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

  #collectTracks(events: ViewerPeerConnectionEvents): void {
    const { signal } = this.#release;
    const stream = new MediaStream();
    let announced = false;
    this.#connection.addEventListener(
      'track',
      ({ track, receiver }) => {
        preferLowDelay(receiver);
        stream.addTrack(track);
        // The old picture stays until the new one really arrives.
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

/** Keeps the buffer as short as the network allows; older Chromium only knows the hint. */
function preferLowDelay(receiver: RTCRtpReceiver & { playoutDelayHint?: number | null }): void {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
  if ('playoutDelayHint' in receiver) receiver.playoutDelayHint = 0;
}
