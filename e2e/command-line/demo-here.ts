import { PassThrough } from 'node:stream';
import { COMMANDS } from '../../packages/server/cli/commands/all-commands.ts';
import { run } from '../../packages/server/cli/run.ts';

/** Settings for each demo of a test, so that several can run at once. */
export function demoSettings(): Record<string, string> {
  const udp = 20_000 + Math.floor(Math.random() * 12_000);
  return { PORT: '0', MOONSHARE_UDP_PORTS: `${udp}-${udp + 20}` };
}

/** The demo in this process, for tests that are not about its signals: its two streams, its exit code, and how to stop it. */
export function demoHere(environment: Record<string, string>, ...args: string[]) {
  const stopping = new AbortController();
  const out = new PassThrough();
  const error = new PassThrough();
  const crashListeners = new Set(process.listeners('uncaughtException'));
  const ended = run(['demo', ...args], {
    commands: COMMANDS,
    environment: { ...demoSettings(), MOONSHARE_CONFIG: process.env.MOONSHARE_CONFIG, ...environment },
    terminal: {
      stdin: async () => '',
      out: (line) => out.write(`${line}\n`),
      error: (line) => error.write(`${line}\n`),
    },
    signal: stopping.signal,
  }).finally(() => {
    // Those of the demo, which expects its own process.
    for (const listener of process.listeners('uncaughtException')) {
      if (!crashListeners.has(listener)) process.off('uncaughtException', listener);
    }
    out.end();
    error.end();
  });
  return { out, error, ended, stop: () => stopping.abort(new Error('Asked to stop')) };
}
