import { setTimeout as delay } from 'node:timers/promises';

/** Long enough for host, streamer and viewers to give each other up. */
export const HANG_MS = 15_000;
/** Too short for that. */
export const PAUSE_MS = 2_000;

/** Stops the process for a while. */
export async function stopFor(pid: number, ms: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await delay(ms);
  process.kill(pid, 'SIGCONT');
}
