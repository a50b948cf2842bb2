/** The longest text accepted, in UTF-16 units: hosts type it key by key. */
export const MAX_TYPED = 16_384;
/** What to show about a long text. Lengths in UTF-16 units. */
export type Typing =
  | { kind: 'idle' }
  /** `refused`: the length of a later text that did not fit and is not typed; 0: none. */
  | { kind: 'typing'; done: number; total: number; refused: number }
  | { kind: 'stopped'; why: 'asked' | 'disconnected' | 'controls'; done: number; total: number }
  /** None of it was typed. */
  | { kind: 'refused'; length: number; most: number };
