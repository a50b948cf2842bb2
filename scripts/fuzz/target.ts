import type { Random } from './random.ts';

/** One parser that faces a network. */
export interface Target {
  name: string;
  /** Valid input, to be damaged. */
  samples: readonly Buffer[];
  /** Gives the input to the parser. What it may throw is an error with a code; `random` is for the state around it. */
  run(input: Buffer, random: Random): void;
}

/** Text formats. */
export function textTarget(name: string, samples: readonly string[], run: (text: string) => void): Target {
  return { name, samples: samples.map((text) => Buffer.from(text)), run: (input) => run(input.toString()) };
}
