/** One line of the table. */
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
}

export interface Bench {
  name: string;
  run: (options: BenchOptions) => Promise<Row[]>;
}
