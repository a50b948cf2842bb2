import type { ViewerInput } from '@moonshare/contract';

export type SendInput = (event: ViewerInput) => void;

/** One kind of input being captured. */
export interface InputDevice {
  /** Lets go at the host of everything held here: the surface lost focus, or its page is hidden. */
  releaseAll(): void;
  /** Lets go of everything and takes all listeners off. */
  close(): void;
}
