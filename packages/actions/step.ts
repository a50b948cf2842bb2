import type { ViewerInput } from '@moonshare/contract';
import type { Rectangle } from './action.ts';

/** What to do next. Whatever goes down in the steps of an action goes up in them, except for a `button` that is to stay down. */
export type Step =
  | { type: 'input'; events: ViewerInput[] }
  | { type: 'wait'; ms: number }
  /** `region`: in pixels of the stream; null: all of it. */
  | { type: 'screenshot'; region: Rectangle | null }
  | { type: 'cursorPosition' };
