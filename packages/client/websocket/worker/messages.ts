import type { GeneralMessage, ViewerFeedback, ViewerInput } from '@moonshare/contract/browser';
import type { ProblemCode } from '../../problem.ts';
import type { PictureWay } from '../picture/picture-way.ts';
import type { PlayerCounters } from '../player-counters.ts';

export type ToWorker =
  | { type: 'open'; url: string; surround: boolean; picture: PictureWay }
  | { type: 'input'; event: ViewerInput }
  | { type: 'count' }
  /** The canvas shows the frame. */
  | { type: 'drawn' }
  | { type: 'close' };

export type ToPage =
  /** The worker runs, and can be opened. `url`: of its own script, which is the sound worklet's too; `makesTracks`: it can make tracks. */
  | { type: 'running'; url: string; makesTracks: boolean }
  | { type: 'connected' }
  /** The first picture is shown. */
  | { type: 'playing' }
  | { type: 'track'; track: MediaStreamTrack }
  | { type: 'frame'; frame: VideoFrame }
  /** Decoded sound comes from this port, and reports of what is heard are expected back. */
  | { type: 'sound'; channels: number; port: MessagePort }
  | { type: 'feedback'; feedback: ViewerFeedback }
  | { type: 'general'; message: GeneralMessage }
  | { type: 'counters'; counters: PlayerCounters }
  /** The last message. */
  | { type: 'failed'; code: ProblemCode };
