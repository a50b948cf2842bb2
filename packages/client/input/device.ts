import type { ViewerInput } from '@moonshare/contract/browser';

export type SendInput = (event: ViewerInput) => void;

/** One kind of input being captured. */
export interface InputDevice {
  /** Releases everything held here: the surface lost focus, or its page is hidden. */
  releaseAll(): void;
  /** Releases everything and removes all listeners. */
  close(): void;
}
