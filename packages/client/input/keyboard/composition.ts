/** Text that an input method or a dead key composes: typed once, at its end. */
export class Composition {
  #state: 'none' | 'composing' | 'duplicate' = 'none';
  /** A key that types was sent as the place it is, and is still down: what it composes here the host composes as well. */
  #sent = false;

  get isUnderWay(): boolean {
    return this.#state !== 'none';
  }

  /** A key that types, or begins to, went to the host; or any other. */
  keySent(types: boolean): void {
    this.#sent = types;
  }

  keyLeftToIt(): void {
    this.#sent = false;
  }

  keyUp(): void {
    this.#sent = false;
  }

  /** Whatever was under way: its end may never be told to who has lost the focus. */
  forget(): void {
    this.#state = 'none';
    this.#sent = false;
  }

  start(): void {
    this.#state = this.#sent ? 'duplicate' : 'composing';
  }

  /** What is to be typed. */
  end(data: string): string {
    const isDuplicate = this.#state === 'duplicate';
    this.#state = 'none';
    return isDuplicate ? '' : data;
  }
}
