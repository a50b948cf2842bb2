import { invariant, type ViewerInput } from '@moonshare/contract';
import type { InputPacket } from '@moonshare/gamestream';
import { HeldUnion } from './held-union.ts';

type LockInput = Extract<ViewerInput, { kind: 'lockKeys' }>;
type KeyInput = Extract<ViewerInput, { kind: 'key' }>;

/** More than any hands can hold; a limit on what one viewer can make us remember. */
const MAX_HELD_PER_VIEWER = 64;

/** Shift, Control and Alt without a side are the left keys at the host: two codes, one key. */
const SIDED = new Map([
  [0x10, 0xa0],
  [0x11, 0xa2],
  [0x12, 0xa4],
]);

/** Modifier bit on the wire, and its left and right key. */
const MODIFIERS: readonly [bit: number, left: number, right: number][] = [
  [0x01, 0xa0, 0xa1],
  [0x02, 0xa2, 0xa3],
  [0x04, 0xa4, 0xa5],
  [0x08, 0x5b, 0x5c],
];

/** The host does not report their state: taken as off at the start, then tracked by the presses sent. */
const LOCKS = [
  ['capsLock', 0x14],
  ['numLock', 0x90],
  ['scrollLock', 0x91],
] as const satisfies [Exclude<keyof LockInput, 'kind'>, number][];
const LOCK_KEYS: ReadonlySet<number> = new Set(LOCKS.map(([, key]) => key));

const ENTER = 0x0d;
const TAB = 0x09;

const MODIFIER_KEYS = new Set(MODIFIERS.flatMap(([, left, right]) => [left, right]));

/** The union of all viewers' keys. Modifiers are sent as 0: hosts would tap flagged ones and release held ones (protocol/2 §4.3). */
export class Keyboard {
  readonly #held = new HeldUnion();
  /** The code with which a key went down, for its release. */
  readonly #codes = new Map<number, number>();
  /** Lock keys that are on at the host. A lost session does not change them. */
  readonly #locked = new Set<number>();

  handle(viewer: string, event: KeyInput): InputPacket[] {
    // Some clients set 0x80 in the high byte; hosts use the low one.
    const code = event.virtualKey & 0xff;
    const key = SIDED.get(code) ?? code;
    if (key === 0) return [];
    if (!event.down) return this.#held.release(viewer, key) ? [this.#up(key)] : [];
    if (this.#held.countHeldBy(viewer) >= MAX_HELD_PER_VIEWER || !this.#held.press(viewer, key)) return [];
    this.#codes.set(key, code);
    this.#pressed(key);
    const missing = MODIFIER_KEYS.has(key) ? [] : this.#missingModifiers(event.modifiers);
    return [
      ...missing.map((modifier) => packet('keyDown', modifier)),
      packet('keyDown', code),
      ...missing.map((modifier) => packet('keyUp', modifier)),
    ];
  }

  /** Presses the lock keys that differ at the host, as far as is known. A key that is held is left alone. */
  matchLocks(wanted: LockInput): InputPacket[] {
    const differing = LOCKS.filter(([name, key]) => {
      const on = wanted[name];
      return on !== null && on !== this.#locked.has(key) && !this.#held.isHeld(key);
    });
    return differing.flatMap(([, key]) => this.#tap(key));
  }

  /** Text as a keyboard types it: one packet per code point (protocol/2 §4.3), line breaks as Enter, tabs as Tab. */
  type(text: string): InputPacket[] {
    const packets: InputPacket[] = [];
    for (const [character] of text.matchAll(/\r\n|./gsu)) {
      if (isLineBreak(character)) packets.push(...this.#tap(ENTER));
      else if (character === '\t') packets.push(...this.#tap(TAB));
      else if (isTypable(character)) packets.push({ kind: 'text', text: character });
    }
    return packets;
  }

  release(viewer: string): InputPacket[] {
    return this.#held.releaseViewer(viewer).map((key) => this.#up(key));
  }

  countHeldBy(viewer: string): number {
    return this.#held.countHeldBy(viewer);
  }

  transfer(from: string, to: string): void {
    this.#held.transfer(from, to);
  }

  releaseAll(): InputPacket[] {
    const packets = this.#held.clear().map((key) => this.#up(key));
    invariant(this.#codes.size === 0, 'a key that nobody holds is down at the host');
    return packets;
  }

  /** Modifiers the sender has down that were never sent as a key (pressed before the page had the focus): tapped around the key. */
  #missingModifiers(modifiers: number): number[] {
    return MODIFIERS.filter(
      ([bit, left, right]) => (modifiers & bit) !== 0 && !this.#held.isHeld(left) && !this.#held.isHeld(right),
    ).map(([, left]) => left);
  }

  /** A press by no viewer; a key that is held goes up first, and down again after. */
  #tap(key: number): InputPacket[] {
    const isHeld = this.#held.isHeld(key);
    this.#pressed(key);
    const code = this.#codes.get(key) ?? key;
    return isHeld ? [packet('keyUp', code), packet('keyDown', code)] : [packet('keyDown', code), packet('keyUp', code)];
  }

  #pressed(key: number): void {
    if (LOCK_KEYS.has(key) && !this.#locked.delete(key)) this.#locked.add(key);
  }

  #up(key: number): InputPacket {
    const code = this.#codes.get(key);
    invariant(code !== undefined, 'a key that never went down goes up at the host');
    this.#codes.delete(key);
    return packet('keyUp', code);
  }
}

function packet(kind: 'keyDown' | 'keyUp', keyCode: number): InputPacket {
  return { kind, keyCode, modifiers: 0, flags: 0 };
}

function isLineBreak(character: string): boolean {
  return ['\r\n', '\r', '\n', '\u0085', '\u2028', '\u2029'].includes(character);
}

/** Not half of a surrogate pair, and not a control character. */
function isTypable(character: string): boolean {
  return character.isWellFormed() && !/\p{Cc}/u.test(character);
}
