import type { AppInfo, Role, TransportKind, ViewerFeedback } from '@moonshare/contract/browser';
import type { ControlRefusal, Participant, ParticipantName, ViewerControl } from '../control/viewer-control.ts';
import type { ViewerStream } from '../transport/media-transport.ts';
import type { StreamShare } from '../transport/stream-share.ts';
import type { ViewerState } from './viewer-state.ts';

export type HostQuality = 'Ok' | 'Poor';

export interface ViewerConnectionEvents {
  state: [state: ViewerState];
  /**
   * Picture and sound; a new one after each reconnect and each change of transport. The previous one stands still from then on. A
   * `MediaStream` goes into a video's `srcObject`; anything else is told by `attach(video)` where to play.
   */
  stream: [stream: ViewerStream];
  /** What carries picture, sound and input from now on. */
  transport: [transport: TransportKind];
  /** How much of the stream this viewer gets from now on, and why. */
  share: [share: StreamShare];
  role: [role: Role];
  app: [app: AppInfo];
  /** How many browsers are watching, including this one. */
  viewers: [count: number];
  /** Input goes over another transport: what is held or connected here must be sent (again). */
  inputReady: [];
  feedback: [feedback: ViewerFeedback];
  /** Which of this browser's controllers have a slot on the host, and as which player (from 1). */
  players: [players: { id: number; player: number }[]];
  /** The quality of the streamer's connection to the host; assumed Ok until a new peer is told otherwise. */
  hostQuality: [quality: HostQuality];
  /** Who is there. Empty while the connection is lost. */
  participants: [participants: readonly Participant[]];
  /** Who has the controls, and who wants them; null while the connection is lost. */
  control: [control: ViewerControl | null];
  /** What was asked for with the controls is refused. */
  controlRefused: [refusal: ControlRefusal];
  /** Keyboard, mouse or touch input of this browser went nowhere: `holder` has the controls; null: nobody has. */
  inputDropped: [holder: ParticipantName | null];
}
