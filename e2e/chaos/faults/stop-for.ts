import { setTimeout as delay } from 'node:timers/promises';

/** Long enough for a host, a streamer and viewers to miss each other. */
export const HANG_MS = 15_000;
/** Short enough for nobody to. */
export const PAUSE_MS = 2_000;

/** The process stands still for a while. */
export async function stopFor(pid: number, ms: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await delay(ms);
  process.kill(pid, 'SIGCONT');
}
