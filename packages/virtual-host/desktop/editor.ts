import type { InputPacket } from '@moonshare/gamestream';
import { virtualKey } from '../keyboard/key-names.ts';
import { characterOf, modifiersIn } from '../keyboard/us-layout.ts';

const TAIL = 120;

const CAPS_LOCK = 0x14;
const BACKSPACE = 0x08;

/** The text in an editor on this desktop, as keys and text have typed it; only the end is kept. Keys do not repeat. */
export class Editor {
  text = '';
  capsLock = false;

  /** `held`: the keys that were down before this packet. */
  apply(packet: InputPacket, held: readonly number[]): void {
    if (packet.kind === 'text') this.#type(packet.text);
    else if (packet.kind === 'keyDown') this.#press(virtualKey(packet.keyCode), held);
  }

  #press(key: number, held: readonly number[]): void {
    const modifiers = modifiersIn(held);
    if (held.includes(key) || modifiers.some((modifier) => modifier !== 'shift')) return;
    if (key === CAPS_LOCK) this.capsLock = !this.capsLock;
    else if (key === BACKSPACE) this.text = this.text.slice(0, -1);
    else this.#type(characterOf(key, modifiers, this.capsLock));
  }

  #type(text: string): void {
    this.text = (this.text + text).slice(-TAIL);
  }
}
