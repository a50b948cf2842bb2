import type { IceServer, Negotiation as NegotiationMessage, ViewerInput } from '@moonshare/contract/browser';
import type { PictureCounters } from '../picture/freeze-detector.ts';
import { pictureCounters } from '../picture/picture-counters.ts';
import type { Counters, Statistics } from '../statistics/digest.ts';
import type { NegotiatedTransport, NegotiatedTransportEvents, StreamFacts } from '../transport/media-transport.ts';
import { takesSurround } from './audio-sdp.ts';
import { DataChannels } from './data-channels.ts';
import { OfferNegotiation } from './negotiation.ts';

/** One peer connection with everything that belongs to it. */
export class ViewerPeerConnection implements NegotiatedTransport {
  readonly kind = 'webrtc';
  readonly #connection: RTCPeerConnection;
  readonly #channels: DataChannels;
  readonly #negotiation: OfferNegotiation;
  readonly #release = new AbortController();
  #counters: Counters | null = null;

  constructor({
    iceServers,
    stereo,
    events,
  }: { iceServers: IceServer[]; stereo: boolean; events: NegotiatedTransportEvents }) {
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

  async pictureCounters(): Promise<PictureCounters | null> {
    return pictureCounters(await this.#connection.getStats());
  }

  async statistics({ hostChannels, hostEncryption }: StreamFacts): Promise<Statistics | null> {
    // Most pages never ask.
    const loaded = await import('../statistics/digest.ts').catch(() => null);
    if (loaded === null) return null;
    const report = await this.#connection.getStats();
    const { statistics, counters } = loaded.digest(report, this.#counters, hostChannels, hostEncryption);
    this.#counters = counters;
    return statistics;
  }

  close(): void {
    this.#release.abort();
    this.#negotiation.close();
    this.#connection.close();
  }

  #collectTracks(events: NegotiatedTransportEvents): void {
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
