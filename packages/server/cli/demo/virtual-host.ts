import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { MoonshareError } from '@moonshare/contract';

/** Below the ports that the system assigns by itself, above those of real hosts. */
const BASE_PORTS = { from: 22_000, to: 31_000 };
const ATTEMPTS = 10;
/** Its exit code if its encoders are not installed. */
const ENCODERS_MISSING = 3;
const STOP_LIMIT_MS = 3_000;

export interface VirtualHost {
  address: string;
  httpPort: number;
  close(): Promise<void>;
}

/**
 * Starts a virtual host on free ports; it enters `pin`, if given, at every pairing. It ends with this process. Throws
 * VIRTUAL_HOST_MISSING if it, or something it needs, is not installed, and the reason of `signal`.
 */
export async function startVirtualHost(
  pin: string | null,
  options: readonly string[] = [],
  signal?: AbortSignal,
): Promise<VirtualHost> {
  const entry = entryPoint();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const httpPort = BASE_PORTS.from + Math.floor(Math.random() * (BASE_PORTS.to - BASE_PORTS.from));
    const child = fork(
      entry,
      ['--base-port', String(httpPort), '--bind', '127.0.0.1', ...options],
      // Messages about a port in use are not shown before the last attempt; we pass Ctrl+C on ourselves.
      {
        stdio: ['ignore', 'ignore', attempt < ATTEMPTS ? 'ignore' : 'inherit', 'ipc'],
        // Not as an argument, since anyone on the machine can read those.
        env: { ...process.env, ...(pin === null ? {} : { MOONSHARE_VIRTUAL_HOST_PIN: pin }) },
        detached: process.platform !== 'win32',
        execArgv: [],
      },
    );
    const exit = once(child, 'exit');
    const giveUp = () => void child.kill('SIGKILL');
    signal?.addEventListener('abort', giveUp, { once: true });
    const started = await Promise.race([once(child, 'message').then(() => true), exit.then(() => false)]);
    signal?.removeEventListener('abort', giveUp);
    if (signal?.aborted) await stop(child, exit);
    signal?.throwIfAborted();
    if (started) return { address: '127.0.0.1', httpPort, close: () => stop(child, exit) };
    if (child.exitCode === ENCODERS_MISSING) throw new MoonshareError('VIRTUAL_HOST_MISSING');
    if (attempt === ATTEMPTS) throw new MoonshareError('INTERNAL', { message: 'The virtual host did not start' });
  }
}

function entryPoint(): URL {
  try {
    return new URL(import.meta.resolve('@moonshare/virtual-host/main'));
  } catch (cause) {
    throw new MoonshareError('VIRTUAL_HOST_MISSING', { cause });
  }
}

async function stop(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(timer);
}
