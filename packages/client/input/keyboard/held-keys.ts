import { invariant, type ViewerInput } from '@moonshare/contract';
import { type Flags, MODIFIERS, type Modifier } from './modifiers.ts';

interface HeldKey {
  virtualKey: number;
  modifier: Modifier | null;
  /** An event since its press has said that it is down: from now on one that does not says that it is up. */
  confirmed: boolean;
  /** Never pressed here: an event said that it is down. */
  inferred: boolean;
}

const ALL = Object.keys(MODIFIERS) as Modifier[];

/** What the host is told to hold down, by the keys that are down here; two of them may be one key there. */
export class HeldKeys {
  readonly #held = new Map<string, HeldKey>();
  /** Down at the host, by what it was sent. */
  readonly #sent = new Set<number>();
  readonly #send: (event: ViewerInput) => void;
  readonly #altGraphIsAlt: boolean;

  /** `altGraphIsAlt`: of a Mac, whose Option is both to some browsers. */
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

  /** `shift`: it goes down with Shift, though nobody holds it. */
  press(id: string, key: { virtualKey: number; modifier?: Modifier; inferred?: boolean }, shift = false): void {
    if (this.#held.has(id)) return;
    const { virtualKey, modifier = null, inferred = false } = key;
    const isDown = this.#isDown(virtualKey);
    this.#held.set(id, { virtualKey, modifier, confirmed: inferred, inferred });
    if (!isDown) this.#sendKey(true, virtualKey, shift);
  }

  /** Down and up at once. One that is held is pressed again. */
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
    invariant(this.#sent.size === 0, 'a key stays down at the host');
  }

  /** Modifiers whose key-up was lost go up. */
  compare(flags: Flags): void {
    for (const [id, key] of [...this.#held]) {
      const { modifier } = key;
      if (modifier === null) continue;
      const isDown = this.#stateIn(flags, modifier);
      if (isDown === true) key.confirmed = true;
      else if (isDown === false && key.confirmed) this.release(id);
    }
  }

  /** Modifiers that are down but were pressed elsewhere go down, until `releaseInferred`. `key`: maps to the key at the host. */
  infer(flags: Flags, key: (modifier: Modifier) => number): void {
    for (const modifier of ALL) {
      if (this.holds(modifier) || this.#isPartOfAltGraph(modifier, flags)) continue;
      if (this.#stateIn(flags, modifier) !== true) continue;
      this.press(`flag ${modifier}`, { virtualKey: key(modifier), modifier, inferred: true });
    }
  }

  /** Whether the event says that it is down; null: that cannot be told. */
  #stateIn(flags: Flags, modifier: Modifier): boolean | null {
    if (modifier === 'altGraph') return flags.altGraph || flags.alt;
    // Where Control and Alt make AltGr, events say the one or the others.
    const isAltGraph = flags.altGraph && !this.#altGraphIsAlt;
    return isAltGraph && (modifier === 'control' || modifier === 'alt') ? null : flags[modifier];
  }

  /** Some events say Control and Alt of AltGr that is held; AltGr is Alt where none of them says otherwise. */
  #isPartOfAltGraph(modifier: Modifier, { alt, altGraph }: Flags): boolean {
    if (modifier === 'altGraph') return !altGraph || this.#altGraphIsAlt || this.holds('alt');
    return (modifier === 'alt' || (modifier === 'control' && alt)) && this.holds('altGraph');
  }

  #isDown(virtualKey: number): boolean {
    return [...this.#held.values()].some((key) => key.virtualKey === virtualKey);
  }

  #sendKey(down: boolean, virtualKey: number, shift = false): void {
    invariant(this.#sent.has(virtualKey) !== down, 'a key goes down or up twice at the host');
    if (down) this.#sent.add(virtualKey);
    else this.#sent.delete(virtualKey);
    const bits = Object.values(MODIFIERS).filter(({ left, right }) => this.#isDown(left) || this.#isDown(right));
    const modifiers = bits.reduce((all, { bit }) => all | bit, shift ? MODIFIERS.shift.bit : 0);
    this.#send({ kind: 'key', down, modifiers, virtualKey });
  }
}
