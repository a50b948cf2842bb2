import type { Random } from './random.ts';

/** One parser that faces a network. */
export interface Target {
  name: string;
  /** Valid input, to be damaged. */
  samples: readonly Buffer[];
  /** Gives the input to the parser. It may only throw errors with a code; `random` is for the state around it. */
  run(input: Buffer, random: Random): void;
}

/** A target for a text format. */
export function textTarget(name: string, samples: readonly string[], run: (text: string) => void): Target {
  return { name, samples: samples.map((text) => Buffer.from(text)), run: (input) => run(input.toString()) };
}
