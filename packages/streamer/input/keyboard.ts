import type { ViewerInput } from '@moonshare/contract';
import type { InputPacket } from '@moonshare/gamestream';
import { HeldUnion } from './held-union.ts';

type KeyInput = Extract<ViewerInput, { kind: 'key' }>;

/** More than any hands can hold; a bound on what one viewer can make us remember. */
const MAX_HELD_PER_VIEWER = 64;

/** Shift, Control and Alt without a side are the left keys at the host: two codes, one key. */
const SIDED = new Map([
  [0x10, 0xa0],
  [0x11, 0xa2],
  [0x12, 0xa4],
]);

/** Modifier bit of the wire, and its left and right key. */
const MODIFIERS: readonly [bit: number, left: number, right: number][] = [
  [0x01, 0xa0, 0xa1],
  [0x02, 0xa2, 0xa3],
  [0x04, 0xa4, 0xa5],
  [0x08, 0x5b, 0x5c],
];

const MODIFIER_KEYS = new Set(MODIFIERS.flatMap(([, left, right]) => [left, right]));

/** Keys of all viewers by union. Key packets carry modifiers 0: hosts tap flagged modifiers by themselves and let go of held ones (protocol/2 §4.3). */
export class Keyboard {
  readonly #held = new HeldUnion();
  /** The code with which a key went down, for its release. */
  readonly #codes = new Map<number, number>();

  handle(viewer: string, event: KeyInput): InputPacket[] {
    // Some clients set 0x80 in the high byte; hosts look at the low one.
    const code = event.virtualKey & 0xff;
    const key = SIDED.get(code) ?? code;
    if (key === 0) return [];
    if (!event.down) return this.#held.release(viewer, key) ? [this.#up(key)] : [];
    if (this.#held.countHeldBy(viewer) >= MAX_HELD_PER_VIEWER || !this.#held.press(viewer, key)) return [];
    this.#codes.set(key, code);
    const missing = MODIFIER_KEYS.has(key) ? [] : this.#missingModifiers(event.modifiers);
    return [
      ...missing.map((modifier) => packet('keyDown', modifier)),
      packet('keyDown', code),
      ...missing.map((modifier) => packet('keyUp', modifier)),
    ];
  }

  release(viewer: string): InputPacket[] {
    return this.#held.releaseViewer(viewer).map((key) => this.#up(key));
  }

  pass(from: string, to: string): void {
    this.#held.pass(from, to);
  }

  releaseAll(): InputPacket[] {
    return this.#held.clear().map((key) => this.#up(key));
  }

  /** Modifiers the sender has down but nobody sent as a key (it was pressed before the page had the focus): tapped around the key. */
  #missingModifiers(modifiers: number): number[] {
    return MODIFIERS.filter(
      ([bit, left, right]) => (modifiers & bit) !== 0 && !this.#held.isHeld(left) && !this.#held.isHeld(right),
    ).map(([, left]) => left);
  }

  #up(key: number): InputPacket {
    const code = this.#codes.get(key) ?? key;
    this.#codes.delete(key);
    return packet('keyUp', code);
  }
}

function packet(kind: 'keyDown' | 'keyUp', keyCode: number): InputPacket {
  return { kind, keyCode, modifiers: 0, flags: 0 };
}
