import { type HostEncryption, invariant, MoonshareError, type Stage } from '@moonshare/contract';
import type { StreamEndReason, StreamStage } from '@moonshare/gamestream';
import type { CoreOutput } from '@moonshare/sans-io';
import { chooseVerb, endError, isFatal, retryDelayMs } from './retry-policy.ts';
import type { HostSessionAction, HostSessionEvent, HostSessionState } from './types.ts';

/** A caller of the REST API waits 30 s (protocol/4 §2); the server needs the rest. The time a launch takes does not count. */
export const START_LIMIT_MS = 20_000;
const START_ATTEMPTS = 4;
/** How long to wait for a lost host. */
const RECOVERY_LIMIT_MS = 5 * 60_000;
const INFO_LIMIT_MS = 5_000;
const RESUME_LIMIT_MS = 30_000;
/** Handshake, control and first picture: the limits of each add up to less than this. */
const OPEN_LIMIT_MS = 40_000;
/** How long a Sunshine holds an unclaimed session; others launched meanwhile get its keys (protocol/1 §9). */
const PENDING_SESSION_MS = 10_000;
/** A Wolf with no picture this long after PLAY is retried, three times (protocol/1 §8.8); so is a host that has streamed. */
const IMPATIENT_VIDEO_MS = 2_000;
const PATIENT_VIDEO_MS = 10_000;
const IMPATIENT_ATTEMPTS = 3;
/** A stream lost sooner than this does not reset the waits (protocol/5: a host may pause a resumed stream). */
const SETTLED_MS = 15_000;
/** This many resumes in a row may meet a host that has not noticed the death of the previous client. */
const TAKE_OVERS = 2;
/** Timers may fire this early. */
const TIMER_GRAIN_MS = 50;

const STAGES: Record<StreamStage, Stage> = { rtsp: 'rtspHandshake', control: 'controlStream', video: 'videoStream' };

type Phase =
  | { name: 'idle' }
  | { name: 'waitingForSlot' }
  | { name: 'readingInfo' }
  | { name: 'launching' }
  | { name: 'opening' }
  | { name: 'streaming'; since: number }
  | { name: 'backingOff'; until: number }
  /** error: null = on request. */
  | { name: 'finishing'; error: MoonshareError | null }
  | { name: 'ended' };

/**
 * The states of one host session: `connecting -> streaming <-> recovering -> ended` (docs/architecture.md, "When something
 * breaks"). Pure: events and the time in, actions out. Each step is answered by one event; late events of an abandoned step
 * are ignored.
 */
export class HostSessionMachine {
  readonly #appId: number;
  readonly #launchLimitMs: number;
  #phase: Phase = { name: 'idle' };
  #slotHeld = false;
  /** The stream was up once: failures are retried instead of reported. */
  #wasUp = false;
  /** The host accepted a resume although there was no session (Wolf, protocol/1 §7.3). */
  #resumeInVain = false;
  /** The host left with a DISCONNECT: if no app is running now, that was the end (protocol/5, Wolf 11). */
  #endIfFree = false;
  #attempt = 1;
  #verb: 'launch' | 'resume' = 'launch';
  #askedAt = Number.NEGATIVE_INFINITY;
  #launchedAt = Number.NEGATIVE_INFINITY;
  #controlUp = false;
  #giveUpAt = Number.POSITIVE_INFINITY;
  #lostBy = new MoonshareError('CONTROL_LOST');
  #reported = false;
  #actions: HostSessionAction[] = [];

  /** `resume`: an earlier process had the session up, and died. `launchLimitMs`: how long `/launch` may take to answer. */
  constructor(options: { appId: number; resume: boolean; launchLimitMs: number }) {
    this.#appId = options.appId;
    this.#launchLimitMs = options.launchLimitMs;
    this.#wasUp = options.resume;
  }

  handle(event: HostSessionEvent, now: number): CoreOutput<HostSessionAction> {
    this.#dispatch(event, now);
    return this.#output();
  }

  advance(now: number): CoreOutput<HostSessionAction> {
    if (this.#phase.name === 'backingOff' && now >= this.#phase.until) this.#tryAgain(now);
    return this.#output();
  }

  #output(): CoreOutput<HostSessionAction> {
    this.#check();
    const events = this.#actions;
    this.#actions = [];
    return { events, wakeAt: this.#phase.name === 'backingOff' ? this.#phase.until : Number.POSITIVE_INFINITY };
  }

  /** A slot kept by mistake blocks all launches on this host; a launch without one gets another session's keys. */
  #check(): void {
    const phase = this.#phase.name;
    const launches = phase === 'readingInfo' || phase === 'launching' || (phase === 'opening' && !this.#controlUp);
    invariant(!launches || this.#slotHeld, "a launch without the host's slot");
    const needsNone = phase === 'idle' || phase === 'waitingForSlot' || phase === 'streaming' || phase === 'ended';
    invariant(!needsNone || !this.#slotHeld, 'the launch slot is held but not needed');
    invariant(phase !== 'streaming' || this.#wasUp, 'streaming without having been up');
    invariant(phase !== 'backingOff' || Number.isFinite(this.#giveUpAt), 'attempts without a time limit');
  }

  #dispatch(event: HostSessionEvent, now: number): void {
    const phase = this.#phase.name;
    switch (event.type) {
      case 'start':
        if (phase === 'idle') this.#awaitSlot();
        return;
      case 'slotGranted':
        this.#onSlot(now);
        return;
      case 'info':
        if (phase === 'readingInfo') this.#onInfo(event, now);
        return;
      case 'launched':
        if (phase === 'launching') this.#onLaunched(now);
        return;
      case 'stage':
        if (phase === 'opening') this.#onStage(event.stage, event.step);
        return;
      case 'opened':
        if (phase === 'opening') this.#onOpened(event.encryption, now);
        return;
      case 'failed':
        if (phase === 'readingInfo' || phase === 'launching' || phase === 'opening') this.#onFailed(event.error, now);
        return;
      case 'streamEnded':
        if (this.#phase.name === 'streaming') this.#onStreamEnded(event.reason, this.#phase.since, now);
        return;
      case 'stop':
        this.#onStop();
        return;
      case 'finished':
        this.#onFinished();
        return;
    }
  }

  #onSlot(now: number): void {
    if (this.#phase.name !== 'waitingForSlot') {
      this.#do({ type: 'releaseSlot' });
      return;
    }
    this.#slotHeld = true;
    if (this.#giveUpAt === Number.POSITIVE_INFINITY) {
      this.#giveUpAt = now + (this.#wasUp ? RECOVERY_LIMIT_MS : START_LIMIT_MS);
    }
    this.#readInfo(now);
  }

  #readInfo(now: number): void {
    this.#phase = { name: 'readingInfo' };
    this.#report('askingHost');
    this.#do({ type: 'readInfo', timeoutMs: this.#within(INFO_LIMIT_MS, now) });
  }

  #onInfo(info: { paired: boolean; currentGame: number }, now: number): void {
    const verb = chooseVerb(info, this.#appId);
    if (verb instanceof MoonshareError) {
      this.#onFailed(verb, now);
      return;
    }
    if (this.#endIfFree && verb === 'launch') {
      this.#finish(new MoonshareError('TERMINATED'));
      return;
    }
    this.#verb = this.#resumeInVain ? 'launch' : verb;
    this.#resumeInVain = false;
    this.#launchedAt = Number.NEGATIVE_INFINITY;
    this.#controlUp = false;
    this.#phase = { name: 'launching' };
    this.#report(verb === 'launch' ? 'startingApp' : 'resumingApp');
    this.#askedAt = now;
    const timeoutMs = this.#verb === 'launch' ? this.#launchLimitMs : this.#within(RESUME_LIMIT_MS, now);
    this.#do({ type: 'launch', verb: this.#verb, timeoutMs });
  }

  #onLaunched(now: number): void {
    this.#launchedAt = now;
    if (this.#verb === 'launch') this.#giveUpAt += now - this.#askedAt;
    this.#phase = { name: 'opening' };
    const without = this.#attempt <= IMPATIENT_ATTEMPTS ? IMPATIENT_VIDEO_MS : PATIENT_VIDEO_MS;
    const firstVideoMs = { without, withPayload: this.#wasUp ? without : PATIENT_VIDEO_MS };
    const takesOver = this.#wasUp && this.#attempt <= TAKE_OVERS;
    this.#do({ type: 'open', timeoutMs: this.#within(OPEN_LIMIT_MS, now), firstVideoMs, takesOver });
  }

  #onStage(stage: StreamStage, step: 'start' | 'done'): void {
    if (step === 'start') this.#report(STAGES[stage]);
    else if (stage === 'control') {
      this.#controlUp = true;
      this.#releaseSlot();
    }
  }

  #onOpened(encryption: HostEncryption, now: number): void {
    this.#releaseSlot();
    this.#phase = { name: 'streaming', since: now };
    this.#wasUp = true;
    this.#do({ type: 'report', state: { state: 'streaming', encryption } });
  }

  #onFailed(failure: MoonshareError, now: number): void {
    const phase = this.#phase.name;
    const error = this.#isCutShort(failure, now) ? this.#lostBy : failure;
    if (phase === 'readingInfo' && !isFatal(error.code, false)) this.#endIfFree = false;
    if (phase === 'opening' && error.code === 'NO_SESSION' && this.#verb === 'resume') this.#resumeInVain = true;
    // A launch that failed after the host answered: the app is running, and the host holds a pending session for a while.
    const pendingUntil = this.#controlUp ? now : this.#launchedAt + PENDING_SESSION_MS;
    const retryAt = Math.max(now + retryDelayMs(this.#attempt), phase === 'opening' ? pendingUntil : now);
    const tooOften = !this.#wasUp && this.#attempt >= START_ATTEMPTS;
    const atStart = !this.#wasUp && phase !== 'opening';
    if (isFatal(error.code, atStart) || tooOften || retryAt >= this.#giveUpAt) {
      this.#finish(error);
      return;
    }
    this.#lostBy = error;
    if (phase !== 'opening' || this.#controlUp) this.#releaseSlot();
    this.#attempt += 1;
    this.#backOff(error.code === 'NO_VIDEO' ? 'retryingWithoutPicture' : 'waitingForHost', retryAt);
  }

  /** Time ran out before this attempt could fail on its own: the previous attempt's error is the real one. */
  #isCutShort(error: MoonshareError, now: number): boolean {
    return this.#attempt > 1 && error.code === 'HOST_TIMEOUT' && now >= this.#giveUpAt - TIMER_GRAIN_MS;
  }

  #onStreamEnded(reason: StreamEndReason, since: number, now: number): void {
    const error = endError(reason);
    if (reason.type === 'terminated' || reason.type === 'local') {
      this.#finish(error);
      return;
    }
    this.#lostBy = error;
    this.#endIfFree = reason.type === 'disconnected';
    this.#giveUpAt = now + RECOVERY_LIMIT_MS;
    this.#attempt = now - since >= SETTLED_MS ? 1 : this.#attempt + 1;
    if (this.#attempt <= TAKE_OVERS) this.#requestSlot();
    else this.#backOff('waitingForHost', now + retryDelayMs(this.#attempt - TAKE_OVERS));
  }

  #backOff(stage: Stage, until: number): void {
    this.#phase = { name: 'backingOff', until };
    this.#report(stage);
  }

  #tryAgain(now: number): void {
    if (this.#slotHeld) this.#readInfo(now);
    else this.#requestSlot();
  }

  #requestSlot(): void {
    this.#awaitSlot();
    this.#do({ type: 'requestSlot' });
  }

  #awaitSlot(): void {
    this.#phase = { name: 'waitingForSlot' };
    this.#report('waitingForTurn');
  }

  #releaseSlot(): void {
    if (!this.#slotHeld) return;
    this.#slotHeld = false;
    this.#do({ type: 'releaseSlot' });
  }

  #onStop(): void {
    const phase = this.#phase.name;
    if (phase === 'finishing') return;
    this.#reported ||= phase === 'ended';
    this.#finish(null);
  }

  #finish(error: MoonshareError | null): void {
    this.#phase = { name: 'finishing', error };
    this.#do({ type: 'finish' });
  }

  #onFinished(): void {
    if (this.#phase.name !== 'finishing') return;
    const { error } = this.#phase;
    this.#phase = { name: 'ended' };
    // Before the slot is released: nobody may join an app that the server is about to end. A stop after the end only cleans up.
    if (!this.#reported) this.#do({ type: 'report', state: { state: 'ended', error: error?.toBody() ?? null } });
    this.#releaseSlot();
  }

  #report(stage: Stage): void {
    const state: HostSessionState = this.#wasUp
      ? { state: 'recovering', stage, attempt: this.#attempt, error: this.#lostBy.toBody() }
      : { state: 'connecting', stage };
    this.#do({ type: 'report', state });
  }

  #within(limitMs: number, now: number): number {
    return Math.max(Math.min(limitMs, this.#giveUpAt - now), 1);
  }

  #do(action: HostSessionAction): void {
    this.#actions.push(action);
  }
}
