import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { VirtualHost } from './host.ts';
import type { VirtualHostOptions } from './options.ts';

/** What a forked virtual host tells its parent once it is up. */
export interface ReadyMessage extends Omit<VirtualHost, 'certificate' | 'close'> {
  type: 'ready';
}

export interface ForkedVirtualHost extends Omit<ReadyMessage, 'type'> {
  process: ChildProcess;
  /** Ends it cleanly and waits until it has ended. */
  close(): Promise<void>;
}

/** Starts a virtual host in a process of its own, which ends with this one. Throws when it cannot start. */
export async function forkVirtualHost(options: VirtualHostOptions = {}): Promise<ForkedVirtualHost> {
  const child = fork(new URL('./main.ts', import.meta.url), [`--options=${JSON.stringify(options)}`], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = await new Promise<ReadyMessage>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The virtual host did not start (exit code ${code})`)));
    child.once('message', (message) => resolve(message as ReadyMessage));
  });
  child.removeAllListeners('exit');
  const { type: _, ...host } = ready;
  return {
    ...host,
    process: child,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
