import { createInterface } from 'node:readline';
import { type Facts, type FromPeer, TELL_EVERY_MS, type ToPeer } from '../facts.ts';

export function tell(message: FromPeer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** One message after the other. Tells the facts from now on, and ends with the input. */
export function serve(receive: (message: ToPeer) => void | Promise<void>, facts: () => Facts): void {
  let work = Promise.resolve();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    work = work.then(() => receive(JSON.parse(line))).catch((error) => tell({ Failed: String(error?.stack) }));
  });
  lines.on('close', () => process.exit(0));
  setInterval(() => tell({ Facts: facts() }), TELL_EVERY_MS);
}
