import { invariant, type ViewerInput } from '@moonshare/contract/browser';
import { type Flags, MODIFIERS, type Modifier } from './modifiers.ts';

interface HeldKey {
  virtualKey: number;
  modifier: Modifier | null;
  /** An event since the press has reported it as down: from now on, one that does not means that it is up. */
  confirmed: boolean;
  /** Never pressed here: an event reported it as down. */
  inferred: boolean;
}

const ALL = Object.keys(MODIFIERS) as Modifier[];

/** What the host should hold down, given the keys that are down here; two of them may be one key on the host. */
export class HeldKeys {
  readonly #held = new Map<string, HeldKey>();
  /** Down on the host, by what was sent to it. */
  readonly #sent = new Set<number>();
  readonly #send: (event: ViewerInput) => void;
  readonly #altGraphIsAlt: boolean;

  /** `altGraphIsAlt`: on a Mac, where some browsers report Option as both. */
  constructor(send: (event: ViewerInput) => void, { altGraphIsAlt }: { altGraphIsAlt: boolean }) {
    this.#send = send;
    this.#altGraphIsAlt = altGraphIsAlt;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  holds(...modifiers: Modifier[]): boolean {
    return [...this.#held.values()].some(({ modifier }) => modifier !== null && modifiers.includes(modifier));
  }

  /** `shift`: it goes down with Shift, though nobody holds that. */
  press(id: string, key: { virtualKey: number; modifier?: Modifier; inferred?: boolean }, shift = false): void {
    if (this.#held.has(id)) return;
    const { virtualKey, modifier = null, inferred = false } = key;
    const isDown = this.#isDown(virtualKey);
    this.#held.set(id, { virtualKey, modifier, confirmed: inferred, inferred });
    if (!isDown) this.#sendKey(true, virtualKey, shift);
  }

  /** Down and up at once. A key that is already held is pressed again. */
  tap(virtualKey: number): void {
    if (this.#isDown(virtualKey)) this.#sendKey(false, virtualKey);
    this.#sendKey(true, virtualKey);
    if (!this.#isDown(virtualKey)) this.#sendKey(false, virtualKey);
  }

  release(id: string): void {
    const key = this.#held.get(id);
    if (key === undefined) return;
    this.#held.delete(id);
    if (!this.#isDown(key.virtualKey)) this.#sendKey(false, key.virtualKey);
  }

  releaseKeys(isMeant: (id: string) => boolean = () => true): void {
    for (const [id, { modifier }] of [...this.#held]) if (modifier === null && isMeant(id)) this.release(id);
  }

  releaseModifiers(): void {
    for (const [id, { modifier }] of [...this.#held]) if (modifier !== null) this.release(id);
  }

  releaseInferred(): void {
    if ([...this.#held.values()].some(({ modifier }) => modifier === null)) return;
    for (const [id, { inferred }] of [...this.#held]) if (inferred) this.release(id);
  }

  releaseAll(): void {
    for (const id of [...this.#held.keys()]) this.release(id);
    invariant(this.#sent.size === 0, 'a key stays down on the host');
  }

  /** Releases modifiers whose key-up was lost. */
  compare(flags: Flags): void {
    for (const [id, key] of [...this.#held]) {
      const { modifier } = key;
      if (modifier === null) continue;
      const isDown = this.#stateIn(flags, modifier);
      if (isDown === true) key.confirmed = true;
      else if (isDown === false && key.confirmed) this.release(id);
    }
  }

  /** Presses modifiers that are down but were pressed elsewhere, until `releaseInferred`. `key`: maps to the key on the host. */
  infer(flags: Flags, key: (modifier: Modifier) => number): void {
    for (const modifier of ALL) {
      if (this.holds(modifier) || this.#isPartOfAltGraph(modifier, flags)) continue;
      if (this.#stateIn(flags, modifier) !== true) continue;
      this.press(`flag ${modifier}`, { virtualKey: key(modifier), modifier, inferred: true });
    }
  }

  /** Whether the event reports it as down; null: that cannot be told. */
  #stateIn(flags: Flags, modifier: Modifier): boolean | null {
    if (modifier === 'altGraph') return flags.altGraph || flags.alt;
    // Where Control and Alt make AltGr, events report either the one or the others.
    const isAltGraph = flags.altGraph && !this.#altGraphIsAlt;
    return isAltGraph && (modifier === 'control' || modifier === 'alt') ? null : flags[modifier];
  }

  /** While AltGr is held, some events report its Control and Alt; AltGr is Alt unless one of them says otherwise. */
  #isPartOfAltGraph(modifier: Modifier, { alt, altGraph }: Flags): boolean {
    if (modifier === 'altGraph') return !altGraph || this.#altGraphIsAlt || this.holds('alt');
    return (modifier === 'alt' || (modifier === 'control' && alt)) && this.holds('altGraph');
  }

  #isDown(virtualKey: number): boolean {
    return [...this.#held.values()].some((key) => key.virtualKey === virtualKey);
  }

  #sendKey(down: boolean, virtualKey: number, shift = false): void {
    invariant(this.#sent.has(virtualKey) !== down, 'a key goes down or up twice on the host');
    if (down) this.#sent.add(virtualKey);
    else this.#sent.delete(virtualKey);
    const bits = Object.values(MODIFIERS).filter(({ left, right }) => this.#isDown(left) || this.#isDown(right));
    const modifiers = bits.reduce((all, { bit }) => all | bit, shift ? MODIFIERS.shift.bit : 0);
    this.#send({ kind: 'key', down, modifiers, virtualKey });
  }
}
