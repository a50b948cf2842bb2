import type { MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Host, LaunchSlot, Lease } from '../hosts/index.ts';
import type { StreamerProcess } from './streamer-process.ts';

const CANCEL_LIMIT_MS = 5_000;

/** Another streamer of ours on the same host. */
export interface Neighbour {
  readonly appId: number;
  /** It holds the host's session, or will. */
  readonly alive: boolean;
  /** It has been given a launch there. */
  readonly launched: boolean;
  /** Settles when it has left; null while nobody has told it to. */
  readonly ending: Promise<void> | null;
}

/** One streamer's launches and cancels on a host that it shares with others: the cancel of one is the end of all (protocol/1 §7.3). */
export class HostTurns {
  readonly #host: Host;
  readonly #appId: number;
  readonly #neighbours: () => readonly Neighbour[];
  readonly #log: Logger;
  #slot: LaunchSlot | null = null;
  #launched = false;
  /** The process died with the session open: the app still runs on the host. */
  #abandoned = false;

  constructor(o: { host: Host; appId: number; neighbours: () => readonly Neighbour[]; log: Logger }) {
    this.#host = o.host;
    this.#appId = o.appId;
    this.#neighbours = o.neighbours;
    this.#log = o.log;
  }

  get launched(): boolean {
    return this.#launched;
  }

  /** Waits for the turn to launch. false: it has one already, or is not wanted any more. */
  async toLaunch(signal: AbortSignal): Promise<boolean> {
    const slot = await this.#host.launches.acquire('launch', signal).catch(() => null);
    if (slot === null) return false;
    if (signal.aborted || this.#slot !== null) {
      slot.release();
      return false;
    }
    this.#slot = slot;
    this.#launched = true;
    return true;
  }

  /** The turn is over: the session is up, or the attempt failed. */
  release(): void {
    this.#slot?.release();
    this.#slot = null;
  }

  processStarted(): void {
    this.#abandoned = false;
  }

  /** `crashed`: it has not left its session. */
  processEnded(crashed: boolean): void {
    this.#abandoned = crashed && this.#launched;
    this.release();
  }

  /** Ends a process; the last streamer on a host ends the app there too, after the others have left and while nobody launches. */
  async endProcess(process: StreamerProcess, error: MoonshareError): Promise<void> {
    const neighbours = this.#neighbours();
    const last = !neighbours.some(({ alive }) => alive);
    if (!last || error.code === 'HOST_BUSY') return process.stop(false);
    await Promise.allSettled(neighbours.map(({ ending }) => ending));
    const slot = this.#slot ?? (await this.#toCancel());
    const cancelApp = slot !== null && !this.#neighbours().some(({ alive, launched }) => alive && launched);
    await process.stop(cancelApp);
    slot?.release();
  }

  /** The app of a process that died, unless another streamer of ours is on that host or is about to resume it. */
  async endAbandoned({ identity }: Lease): Promise<void> {
    if (!this.#abandoned) return;
    this.#abandoned = false;
    const isWanted = this.#neighbours().some(
      ({ alive, launched, appId }) => alive && (launched || appId === this.#appId),
    );
    if (isWanted) return;
    const slot = await this.#toCancel();
    try {
      await this.#host.cancelAbandoned(this.#appId, identity, AbortSignal.timeout(CANCEL_LIMIT_MS));
    } catch (cause) {
      this.#log.warn({ err: cause }, 'the app of a dead streamer could not be ended on the host');
    } finally {
      slot?.release();
    }
  }

  #toCancel(): Promise<LaunchSlot | null> {
    return this.#host.launches.acquire('cancel', AbortSignal.timeout(CANCEL_LIMIT_MS)).catch(() => null);
  }
}
