import { createInterface } from 'node:readline';

/** The first line of stdin, nothing if there is none. */
export async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}
