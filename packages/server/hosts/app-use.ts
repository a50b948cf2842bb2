import type { FromStreamer } from '@moonshare/contract';
import type { Lease } from './certificate-pool.ts';
import type { HostKind } from './host-kind.ts';
import type { LaunchQueue, LaunchSlot } from './launch-queue.ts';
import type { LaunchedApps } from './launched-apps.ts';

/** What happens when a use is over. */
interface Ends {
  /** Resolves when the app has ended, or is not ours to end. */
  end(use: AppUse): Promise<void>;
  leave(use: AppUse): void;
}

export interface AppUseOptions {
  lease: Lease;
  appId: number;
  /** Someone will come back to the app if the server is killed. */
  stays: boolean;
  launches: LaunchQueue;
  kind: HostKind;
  launched: LaunchedApps;
  ends: Ends;
}

/**
 * One streamer's use of an app on its host, across all its processes: its turns to launch, and what it may have started there.
 * `using` from its first turn until it ends or leaves.
 */
export class AppUse {
  readonly lease: Lease;
  readonly appId: number;
  readonly #options: AppUseOptions;
  #slot: LaunchSlot | null = null;
  #phase: 'waiting' | 'using' | 'ending' = 'waiting';
  #release: (() => void) | null = null;
  #isOver = false;
  #asked: 'launch' | 'resume' | null = null;
  #answered = false;
  #isOurs = false;
  #hasLaunched = false;

  constructor(options: AppUseOptions) {
    this.lease = options.lease;
    this.appId = options.appId;
    this.#options = options;
  }

  /** It has had a turn to launch and will continue: the app must not be ended while it does. */
  get using(): boolean {
    return this.#phase === 'using';
  }

  get ending(): boolean {
    return this.#phase === 'ending';
  }

  /** Something it launched may be running on the host. */
  get mayRun(): boolean {
    return this.#asked !== null || this.#isOurs;
  }

  /** We started the app, by this use or an earlier one. */
  get isOurs(): boolean {
    return this.#isOurs;
  }

  /** This use started it, or tried to. */
  get hasLaunched(): boolean {
    return this.#hasLaunched;
  }

  /** The host has not answered the launch. */
  get unanswered(): boolean {
    return this.#asked === 'launch' && !this.#answered;
  }

  /** Waits for the turn to launch. false: it already has one, or is no longer wanted. */
  async toLaunch(signal: AbortSignal): Promise<boolean> {
    const slot = await this.#options.launches.acquire('launch', signal).catch(() => null);
    if (slot === null) return false;
    if (signal.aborted || this.#slot !== null || this.#phase === 'ending') {
      slot.release();
      return false;
    }
    this.#slot = slot;
    this.#phase = 'using';
    return true;
  }

  /** The turn is over: the session is up, the attempt failed, or the process has ended. */
  releaseTurn(): void {
    this.#slot?.release();
    this.#slot = null;
  }

  /** Handles the streamer's messages that matter here. */
  receive(message: FromStreamer): void {
    const { kind, launched, lease } = this.#options;
    switch (message.type) {
      case 'hostInfo':
        this.#onInfo(message.currentGame);
        break;
      case 'launching':
        this.#onLaunching(message.verb);
        break;
      case 'launchAnswered':
        if (!message.refused) {
          this.#answered = true;
          kind.launched(lease.id, this.appId);
        } else if (this.#asked === 'launch') {
          this.#asked = null;
          this.#isOurs = false;
          launched.remove(lease.id);
        }
        break;
      case 'streamSetUp':
        kind.streamSetUp(message);
        break;
      case 'hostState':
        if (message.host.state === 'streaming') kind.streaming(lease.id);
        else if (message.host.state !== 'connecting') kind.ended(lease.id);
        break;
    }
  }

  /** Another use that had started the app is over. */
  inherit(): void {
    this.#isOurs = true;
    this.#options.launched.set(this.lease.id, this.appId, this.#state);
  }

  /** An earlier use had started the app. `answered`: the host had confirmed it. */
  adopt(options: { answered: boolean }): void {
    this.#asked = 'launch';
    this.#answered = options.answered;
    this.#isOurs = true;
    this.#hasLaunched = true;
  }

  /** It is about to end: from now on it does not keep others from ending the app, and nobody launches until that is settled. */
  leaving(): void {
    if (this.#phase === 'using') this.#release ??= this.#options.launches.hold();
    this.#phase = 'ending';
    this.#options.kind.ended(this.lease.id);
  }

  /** Another process may follow in its place. */
  processEnded(): void {
    this.#options.kind.ended(this.lease.id);
    this.releaseTurn();
  }

  /** Its process is gone: ends the app if that is up to us. Idempotent. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.leaving();
    const ended = this.#options.ends.end(this);
    this.#settled();
    await ended;
  }

  /** Its process is gone, and the app keeps running. Idempotent. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.leaving();
    this.#options.ends.leave(this);
    this.#settled();
  }

  get #state(): 'running' | 'left' {
    return this.#options.stays ? 'left' : 'running';
  }

  #settled(): void {
    this.releaseTurn();
    this.#release?.();
    this.#release = null;
  }

  #onInfo(currentGame: number): void {
    const { kind, launched, lease } = this.#options;
    const own = launched.of(lease.id);
    kind.hostInfo(lease.id, currentGame, { hasOwn: own !== undefined });
    if (own !== undefined && own.appId !== currentGame) launched.remove(lease.id);
  }

  #onLaunching(verb: 'launch' | 'resume'): void {
    const { kind, launched, lease } = this.#options;
    this.#asked = verb;
    this.#answered = verb === 'resume';
    this.#hasLaunched ||= verb === 'launch';
    const known =
      kind.sessions === 'perClient' ? launched.of(lease.id)?.appId === this.appId : launched.has(this.appId);
    this.#isOurs ||= verb === 'launch' || known;
    if (this.#isOurs) launched.set(lease.id, this.appId, this.#state);
  }
}
