/** One line of the table. */
export interface Row {
  what: string;
  value: number;
  unit: string;
  /** The figure to hold (docs/architecture.md, "Figures to hold"), where there is one. */
  bar: string;
  /** What else one must know to read the value. */
  note: string;
}

export interface BenchOptions {
  /** How long each measured stretch is. */
  seconds: number;
  /** A line on stderr. */
  progress: (text: string) => void;
}

export interface Bench {
  name: string;
  run: (options: BenchOptions) => Promise<Row[]>;
}
