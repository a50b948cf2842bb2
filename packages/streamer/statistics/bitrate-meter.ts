/** Long enough to be steady, short enough to be current. */
const WINDOW_MS = 3_000;

/** How fast a counter of bytes grew over the last seconds. Pure; times are monotonic ms. */
export class BitrateMeter {
  readonly #samples: { at: number; bytes: number }[] = [];

  sample(bytes: number, now: number): void {
    const samples = this.#samples;
    samples.push({ at: now, bytes });
    while (samples.length > 2 && samples[1]!.at <= now - WINDOW_MS) samples.shift();
  }

  /** 0 until there are two samples. */
  get kbps(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    return Math.max(0, ((last.bytes - first.bytes) * 8) / (last.at - first.at));
  }
}
