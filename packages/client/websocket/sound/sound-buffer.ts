/** What a sound buffer has done since it began. */
export interface SoundReport {
  /** Waiting to be heard, ms. */
  levelMs: number;
  /** How often it ran empty. */
  underruns: number;
  /** Skipped to catch up with the picture, ms. */
  skippedMs: number;
  /** The presentation time of what is heard now, us; null: nothing is. */
  heardUs: number | null;
}

/** Sound begins, and begins again after an underrun, with this much waiting: more after each underrun. */
const START_MS = { least: 20, most: 160, step: 20 };
/** How fast that increase is taken back. */
const FORGIVEN_MS_PER_SECOND = 0.2;
/** Waiting sound may run this far below the start level before it is played more slowly. */
const BELOW_START_MS = 10;
/** More than this is skipped: sound that comes in a burst after a stall is no longer live. */
const LIMIT_MS = 240;
/** The lowest level of this many seconds counts. */
const REMEMBERED_SECONDS = 10;
/** A level within this of its target is not corrected: such sound is played exactly as it came. */
const TOLERATED_MS = 5;
/** A larger deviation is corrected over this time, by playing at most this share faster or slower, which nobody hears. */
const CORRECTED_IN_SECONDS = 2;
const MOST_CORRECTION = 0.01;
/** Samples on both sides of a position that interpolation reads. */
const BEFORE = 1;
const AFTER = 2;
const MAX_MARKS = 256;

type Phase = { kind: 'filling' } | { kind: 'playing' };

/**
 * Sound between its decoder and its output: it keeps as little waiting as the jitter of arrival allows, 20 to 160 ms. Each side has its own
 * clock, so the sound is played a little faster or slower to keep that level. No clock or timer: time is what has been pulled.
 */
export class SoundBuffer {
  readonly #sourceRate: number;
  /** Source samples for each output sample, before corrections. */
  readonly #step: number;
  readonly #outputRate: number;
  readonly #rings: Float32Array[];
  readonly #mask: number;
  #phase: Phase = { kind: 'filling' };
  /** Positions count source samples since the beginning. */
  #written = 0;
  #position = 0;
  #correction = 0;
  #extraMs = 0;
  /** Presentation times of the positions at which packets begin. */
  #marks: { position: number; us: number }[] = [];
  /** The lowest level in each recent second, ms, as it would be without the corrections made since. */
  #lows: number[] = [];
  #low = Number.POSITIVE_INFINITY;
  /** The effect of all corrections on the level so far, ms. */
  #correctedMs = 0;
  #outputInSecond = 0;
  #underruns = 0;
  #skippedMs = 0;

  /** Rates in Hz. */
  constructor({ channels, sourceRate, outputRate }: { channels: number; sourceRate: number; outputRate: number }) {
    this.#sourceRate = sourceRate;
    this.#outputRate = outputRate;
    this.#step = sourceRate / outputRate;
    const size = 2 ** Math.ceil(Math.log2(sourceRate));
    this.#mask = size - 1;
    this.#rings = Array.from({ length: channels }, () => new Float32Array(size));
  }

  get report(): SoundReport {
    return {
      levelMs: this.#levelMs,
      underruns: this.#underruns,
      skippedMs: this.#skippedMs,
      heardUs: this.#phase.kind === 'playing' ? this.#heardUs() : null,
    };
  }

  /** One array of samples for each channel; a channel that is missing is silent. At most a second at a time: earlier samples are lost. */
  push(planes: readonly Float32Array[], presentationUs: number): void {
    const frames = planes[0]?.length ?? 0;
    const first = Math.max(0, frames - this.#mask);
    for (const [channel, ring] of this.#rings.entries()) {
      const plane = planes[channel];
      for (let at = first; at < frames; at += 1) ring[(this.#written + at) & this.#mask] = plane?.[at] ?? 0;
    }
    this.#marks.push({ position: this.#written, us: presentationUs });
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
    this.#written += frames;
    if (this.#levelMs > LIMIT_MS) this.#skip();
  }

  /** Fills the arrays, all equally long, one for each channel. */
  pull(output: readonly Float32Array[]): void {
    const frames = output[0]?.length ?? 0;
    if (this.#phase.kind === 'filling') {
      if (this.#levelMs < this.#startMs) {
        silence(output);
        return;
      }
      this.#begin();
      this.#play(output, frames, { from: 0, to: 1 });
    } else if (this.#written - this.#position < frames * this.#step * (1 + this.#correction) + AFTER) {
      this.#underrun(output);
    } else this.#play(output, frames, null);
    this.#count(frames);
  }

  get #levelMs(): number {
    return ((this.#written - this.#position) * 1000) / this.#sourceRate;
  }

  get #startMs(): number {
    return START_MS.least + this.#extraMs;
  }

  #begin(): void {
    this.#phase = { kind: 'playing' };
    this.#lows = [];
    this.#low = Number.POSITIVE_INFINITY;
    this.#correction = 0;
  }

  /** Plays what there is, and fades it out: a step to silence would click. */
  #underrun(output: readonly Float32Array[]): void {
    silence(output);
    const left = Math.floor((this.#written - this.#position - AFTER) / (this.#step * (1 + this.#correction)));
    if (left > 0) this.#play(output, left, { from: 1, to: 0 });
    this.#phase = { kind: 'filling' };
    this.#underruns += 1;
    this.#extraMs = Math.min(this.#extraMs + START_MS.step, START_MS.most - START_MS.least);
  }

  /** Skips to the start level, as if everything before had been heard. */
  #skip(): void {
    const level = (this.#startMs * this.#sourceRate) / 1000;
    const to = Math.floor(this.#written - level);
    this.#skippedMs += ((to - this.#position) * 1000) / this.#sourceRate;
    this.#position = to;
    this.#begin();
    this.#phase = { kind: 'filling' };
  }

  #play(output: readonly Float32Array[], frames: number, fade: { from: number; to: number } | null): void {
    const step = this.#step * (1 + this.#correction);
    for (const [channel, ring] of this.#rings.entries()) {
      const plane = output[channel];
      if (plane === undefined) continue;
      for (let at = 0; at < frames; at += 1) {
        const sample = sampleAt(ring, this.#mask, this.#position + at * step);
        plane[at] = fade === null ? sample : sample * (fade.from + ((fade.to - fade.from) * at) / frames);
      }
    }
    this.#position += frames * step;
    this.#correctedMs -= (frames * this.#correction * 1000) / this.#outputRate;
    this.#low = Math.min(this.#low, this.#levelMs);
  }

  /** Once a second of output: how fast the next second is played. */
  #count(frames: number): void {
    this.#outputInSecond += frames;
    if (this.#outputInSecond < this.#outputRate) return;
    this.#outputInSecond -= this.#outputRate;
    if (this.#phase.kind !== 'playing') return;
    this.#extraMs = Math.max(0, this.#extraMs - FORGIVEN_MS_PER_SECOND);
    this.#lows.push(this.#low - this.#correctedMs);
    this.#low = Number.POSITIVE_INFINITY;
    if (this.#lows.length > REMEMBERED_SECONDS) this.#lows.shift();
    const low = Math.min(...this.#lows) + this.#correctedMs;
    const surplusMs = low - (this.#startMs - BELOW_START_MS);
    const excessMs = Math.sign(surplusMs) * Math.max(0, Math.abs(surplusMs) - TOLERATED_MS);
    const wanted = excessMs / 1000 / CORRECTED_IN_SECONDS;
    this.#correction = Math.min(MOST_CORRECTION, Math.max(-MOST_CORRECTION, wanted));
    if (this.#correction < 0 && this.#levelMs >= START_MS.most) this.#correction = 0;
    // A sample that lies between two is heard as it is again.
    if (this.#correction === 0 && this.#step === 1) this.#position = Math.round(this.#position);
  }

  #heardUs(): number | null {
    while (this.#marks[1] !== undefined && this.#marks[1].position <= this.#position) this.#marks.shift();
    const [mark] = this.#marks;
    if (mark === undefined || mark.position > this.#position) return null;
    return mark.us + ((this.#position - mark.position) * 1_000_000) / this.#sourceRate;
  }
}

function silence(output: readonly Float32Array[]): void {
  for (const plane of output) plane.fill(0);
}

/** Between samples, on the cubic through the two on each side. */
function sampleAt(ring: Float32Array, mask: number, position: number): number {
  const whole = Math.floor(position);
  const share = position - whole;
  const b = ring[whole & mask]!;
  if (share === 0) return b;
  const a = ring[(whole - BEFORE) & mask]!;
  const c = ring[(whole + 1) & mask]!;
  const d = ring[(whole + AFTER) & mask]!;
  const slope = (c - a) / 2;
  const rise = c - b;
  const end = (d - b) / 2;
  return b + share * (slope + share * (3 * rise - 2 * slope - end + share * (slope + end - 2 * rise)));
}
