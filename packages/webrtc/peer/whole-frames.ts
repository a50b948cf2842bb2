/** Over a stream that may be slow, frames go whole or not at all: one without its end is of no use, and delays the next. */
export class WholeFrames {
  #state: 'between' | 'within' | 'dropping' = 'between';

  /** One packet in order; `isLast`: of its frame. `send` says whether it was taken; `begins`: it is the first of a frame. */
  take(isLast: boolean, send: (begins: boolean) => boolean): void {
    const begins = this.#state === 'between';
    const isTaken = this.#state !== 'dropping' && send(begins);
    this.#state = isLast ? 'between' : isTaken ? 'within' : 'dropping';
  }
}
