import type { InputPacket } from '@moonshare/gamestream';
import { virtualKey } from './key-names.ts';

const TAIL = 120;

/** What keys type on a US layout, without and with Shift; letters, which Caps Lock inverts, are handled separately. */
const CHARACTERS: ReadonlyMap<number, readonly [plain: string, shifted: string]> = new Map([
  ...[...')!@#$%^&*('].map((shifted, digit) => [0x30 + digit, [String(digit), shifted]] as const),
  ...[...'0123456789'].map((digit) => [0x60 + Number(digit), [digit, digit]] as const),
  ...Object.entries({
    13: '\n\n',
    32: '  ',
    106: '**',
    107: '++',
    109: '--',
    111: '//',
    186: ';:',
    187: '=+',
    188: ',<',
    189: '-_',
    190: '.>',
    191: '/?',
    192: '`~',
    219: '[{',
    220: '\\|',
    221: ']}',
    222: `'"`,
  }).map(([key, [plain, shifted]]) => [Number(key), [plain!, shifted!]] as const),
]);

const SHIFT = [0x10, 0xa0, 0xa1];
const COMMAND = [0x11, 0xa2, 0xa3, 0x12, 0xa4, 0xa5, 0x5b, 0x5c];
const CAPS_LOCK = 0x14;
const BACKSPACE = 0x08;

/** The text in an editor on this desktop, as keys and text have typed it; only the end is kept. Keys do not repeat. */
export class Editor {
  text = '';
  #capsLock = false;

  /** `held`: the keys that were down before this packet. */
  apply(packet: InputPacket, held: readonly number[]): void {
    if (packet.kind === 'text') this.#type(packet.text);
    else if (packet.kind === 'keyDown') this.#press(virtualKey(packet.keyCode), held);
  }

  #press(key: number, held: readonly number[]): void {
    if (held.includes(key) || held.some((other) => COMMAND.includes(other))) return;
    if (key === CAPS_LOCK) this.#capsLock = !this.#capsLock;
    else if (key === BACKSPACE) this.text = this.text.slice(0, -1);
    else
      this.#type(
        this.#character(
          key,
          held.some((other) => SHIFT.includes(other)),
        ),
      );
  }

  #character(key: number, shift: boolean): string {
    if (key < 0x41 || key > 0x5a) return CHARACTERS.get(key)?.[shift ? 1 : 0] ?? '';
    const letter = String.fromCharCode(key);
    return shift === this.#capsLock ? letter.toLowerCase() : letter;
  }

  #type(text: string): void {
    this.text = (this.text + text).slice(-TAIL);
  }
}
