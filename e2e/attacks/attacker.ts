// The process of the attackers. Each joins, sends what `attacks.ts` says, and tells how it went; then comes the next.
import { setImmediate as turn } from 'node:timers/promises';
import type { Negotiation, ServerSignal } from '@moonshare/contract';
import { ATTACKS } from './attacks.ts';
import { RawBrowser } from './raw-browser.ts';

export type ToAttacker =
  | { attack: string; port: number; times?: number | undefined }
  | { signal: ServerSignal }
  | { go: true }
  | { closed: true };
export type FromAttacker = { ready: true } | { signal: Negotiation } | { done: true; sent: number; ms: number };

/** Sent before others get a turn. */
const AT_ONCE = 32;

const post = (message: FromAttacker): void => void process.send!(message, () => {});
let browser: RawBrowser;
let go = () => {};
let close = () => {};

process.once('disconnect', () => process.exit(0));
process.on('message', (message: ToAttacker) => {
  if ('attack' in message) void attack(message);
  else if ('go' in message) go();
  else if ('signal' in message) browser.signal(message.signal);
  else close();
});

async function attack({ attack: name, port, times }: Extract<ToAttacker, { attack: string }>): Promise<void> {
  const { needs, times: most, prepare } = ATTACKS[name]!;
  let isClosed = false;
  const started = new Promise<void>((resolve) => {
    go = resolve;
  });
  const closed = new Promise<void>((resolve) => {
    close = () => {
      isClosed = true;
      resolve();
    };
  });
  browser = new RawBrowser(port, (signal) => post({ signal }));
  await browser.join();
  if (needs === 'channels') await browser.associate();
  const send = await prepare(browser, port);
  post({ ready: true });
  await started;
  const since = performance.now();
  let sent = 0;
  for (; sent < (times ?? most) && !isClosed; sent += 1) {
    await send(sent);
    if (sent % AT_ONCE === 0) await turn();
  }
  const ms = performance.now() - since;
  // What was sent may be read later: media that come after an answer come after all of it.
  await Promise.race([closed, browser.isWatching()]);
  browser.close();
  post({ done: true, sent, ms });
}
