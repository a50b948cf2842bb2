/** Text composed by an input method or a dead key: typed once, at its end. */
export class Composition {
  #state: 'none' | 'composing' | 'duplicate' = 'none';
  /** A typing key was sent by its position and is still down: whatever it composes here, the host composes too. */
  #sent = false;

  get isUnderWay(): boolean {
    return this.#state !== 'none';
  }

  /** A key was sent to the host; `types`: it types a character, or begins one. */
  keySent(types: boolean): void {
    this.#sent = types;
  }

  keyLeftToIt(): void {
    this.#sent = false;
  }

  keyUp(): void {
    this.#sent = false;
  }

  /** Whatever was in progress: after losing the focus, a page may never be told of its end. */
  forget(): void {
    this.#state = 'none';
    this.#sent = false;
  }

  start(): void {
    this.#state = this.#sent ? 'duplicate' : 'composing';
  }

  /** Returns what to type. */
  end(data: string): string {
    const isDuplicate = this.#state === 'duplicate';
    this.#state = 'none';
    return isDuplicate ? '' : data;
  }
}
