import { inspect } from 'node:util';
import { clamp } from '../../packages/contract/clamp.ts';

const FRAME = /^\s+at /;
/** Of node itself, whose test runner ends every stack: it says nothing about a test. */
const INTERNAL_FRAME = /^\s+at .*\bnode:/;
/** A long comparison must leave room for the stack. */
const MOST = { message: 18, frames: 8 };
/** Lines per failure; `all` for all of them together, as CI shows only the end of what it ran. */
const LINES = { least: 4, most: 30, all: 120 };

export interface Failure {
  name: string;
  /** What a test threw, or what a process printed: the end of that says more than its beginning. */
  text: { thrown: string } | { printed: string };
}

/** The message of what a test threw, the first frames of its stack, its causes. `error` is what node:test reports. */
export function thrownText(error: Error): string {
  const thrown = error.cause ?? error;
  const lines = (typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 3 })).split('\n');
  const messageEnd = lines.findIndex((line) => FRAME.test(line));
  const message = messageEnd < 0 ? lines : lines.slice(0, messageEnd);
  let frames = 0;
  const rest = lines
    .slice(message.length)
    .filter((line) => !FRAME.test(line) || (!INTERNAL_FRAME.test(line) && ++frames <= MOST.frames));
  return [...firstOf(message, MOST.message), ...rest].join('\n');
}

/** Name and text of each failure, so short that all of them fit into the last lines of a log. */
export function failureLines(failures: readonly Failure[]): string[] {
  const most = clamp(Math.floor(LINES.all / failures.length), LINES.least, LINES.most);
  return failures.flatMap(({ name, text }) => {
    const lines = 'thrown' in text ? firstOf(linesOf(text.thrown), most) : linesOf(text.printed).slice(-most);
    return [`✖ ${name}`, ...lines.map((line) => `    ${line}`)];
  });
}

function firstOf(lines: readonly string[], most: number): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `... ${lines.length - most} more lines`];
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.trimEnd().split('\n');
}
