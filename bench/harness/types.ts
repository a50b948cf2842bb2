import type { CLIPS } from '../clip/clip.ts';
import type { NetworkKind } from './network.ts';

/** One line of the table of most benches. */
export interface Row {
  what: string;
  value: number;
  unit: string;
  /** The figure to hold (docs/architecture.md, "Figures to hold"), if there is one. */
  bar: string;
  /** What else the reader must know about the value. */
  note: string;
}

export interface BenchOptions {
  /** How long each measured stretch is. */
  seconds: number;
  /** Prints a line on stderr. */
  progress: (text: string) => void;
  /** How many viewers, one after the other; those of the bench if there are none. */
  viewers: readonly number[] | undefined;
  clip: keyof typeof CLIPS;
  /** Undefined: the best that this user may have. */
  network: NetworkKind | undefined;
  /** Names of those to measure; all if there are none. */
  senders: readonly string[] | undefined;
  /** How long `soak` takes. */
  minutes: number;
  /** What `soak` draws its numbers from. */
  seed: number;
}

/** What a bench found. */
export interface Report {
  /** The head first; all as wide as it. */
  table: string[][];
  /** Below the table: what was not measured, and why. */
  notes: string[];
  /** For machines. */
  data: object;
}

export interface Bench {
  name: string;
  /** Only by its name: it takes too long for a run of all. */
  isLong?: boolean;
  run: (options: BenchOptions) => Promise<Row[] | Report>;
}
