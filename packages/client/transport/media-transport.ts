import type {
  GeneralMessage,
  HostEncryption,
  Negotiation,
  TransportKind,
  ViewerFeedback,
  ViewerInput,
} from '@moonshare/contract/browser';
import type { PictureCounters } from '../picture/freeze-detector.ts';
import type { Problem } from '../problem.ts';
import type { Statistics } from '../statistics/digest.ts';

/** Plays in an element that it is given, where the browser makes no `MediaStream` of what arrives. */
export interface LiveSource {
  /** Shows the picture there from now on. The sound is as loud as the element's would be, and muted with it. */
  attach(video: HTMLVideoElement): void;
  /** For good. The last picture stays until the element shows something else. */
  detach(): void;
  /** Begins the sound, once there is any and the element plays; rejects as `play()` does where the person has to click first. */
  playSound(): Promise<void>;
}

/** What a video element shows: a `MediaStream` by `srcObject`, anything else by its `attach`. */
export type ViewerStream = MediaStream | LiveSource;

export interface MediaTransportEvents {
  /** Media can arrive from now on. */
  connected(): void;
  /** It is unusable: make another. Called once, and never after `close()`. */
  failed(why: Problem): void;
  /** Picture and sound have begun to arrive: what a video element is to show. Again, if that has failed and another takes its place. */
  stream(stream: ViewerStream): void;
  /** Input sent from now on will arrive. */
  ready(): void;
  feedback(feedback: ViewerFeedback): void;
  general(message: GeneralMessage): void;
}

/** What the server says about the stream, for the statistics. */
export interface StreamFacts {
  hostChannels: number;
  hostEncryption: HostEncryption | null;
}

/** One connection that carries picture, sound and input. Never reused: after a failure a new one is made. */
export interface MediaTransport {
  readonly kind: TransportKind;
  /** Drops the event if it cannot be sent, or is superseded while too much is waiting. */
  send(event: ViewerInput): void;
  /** What has been received of the picture since the connection began; null: nothing yet. */
  pictureCounters(): Promise<PictureCounters | null>;
  /** Rates are since the previous call; null: nothing yet. */
  statistics(facts: StreamFacts): Promise<Statistics | null>;
  close(): void;
}

/** WebRTC is negotiated over the peer socket. */
export interface NegotiatedTransport extends MediaTransport {
  receive(message: Negotiation): void;
}

export interface NegotiatedTransportEvents extends MediaTransportEvents {
  signal(message: Negotiation): void;
}
