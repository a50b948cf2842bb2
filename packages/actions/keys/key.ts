/** A key of the keyboard, as hosts take it: a Windows virtual key, which stands for a position on a US layout. */
export interface Key {
  virtualKey: number;
  /** The character needs Shift on that layout. */
  shift: boolean;
}

export const SHIFT = 0xa0;

export function plain(virtualKey: number): Key {
  return { virtualKey, shift: false };
}
