import type { MoonshareError, StreamerStatus } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { EventLog } from '../events/index.ts';

/** So often it is told how long a stage takes already. */
const STAGE_TOLD_MS = 5_000;

/** Where a streamer is in its life; each change is recorded in the event log and the log, and passed and to `changed`. */
export class Life {
  readonly #streamerId: string;
  readonly #eventLog: EventLog;
  readonly #log: Logger;
  readonly #changed: () => void;
  #status: StreamerStatus = 'starting';
  #stage: string | null = null;
  #stageSince = performance.now();
  #stageTimer: NodeJS.Timeout | undefined;
  #error: MoonshareError | null = null;

  constructor(o: { streamerId: string; eventLog: EventLog; log: Logger; changed: () => void }) {
    this.#streamerId = o.streamerId;
    this.#eventLog = o.eventLog;
    this.#log = o.log;
    this.#changed = o.changed;
  }

  get status(): StreamerStatus {
    return this.#status;
  }

  /** What it is doing while starting or reconnecting. */
  get stage(): string | null {
    return this.#stage;
  }

  /** For how long, whole seconds; null without a stage. */
  get stageSeconds(): number | null {
    return this.#stage === null ? null : Math.floor((performance.now() - this.#stageSince) / 1000);
  }

  /** Why it is not as it should be. */
  get error(): MoonshareError | null {
    return this.#error;
  }

  /** It holds its host's session, or will. */
  get alive(): boolean {
    return this.#status !== 'failed' && this.#status !== 'stopping';
  }

  enterStage(stage: string): void {
    this.change(this.#status, stage, this.#error);
  }

  change(status: StreamerStatus, stage: string | null, error: MoonshareError | null): void {
    if (status === this.#status && stage === this.#stage && error === this.#error) return;
    if (status !== this.#status) {
      this.#log.info({ from: this.#status, to: status, code: error?.code }, 'streamer state');
    }
    if (stage !== this.#stage) this.#stageSince = performance.now();
    this.#status = status;
    this.#stage = stage;
    this.#error = error;
    clearInterval(this.#stageTimer);
    if (stage !== null) this.#stageTimer = setInterval(() => this.#tell(), STAGE_TOLD_MS).unref();
    this.#tell();
    this.#changed();
  }

  #tell(): void {
    this.#eventLog.add({
      type: 'streamer.state',
      streamer_id: this.#streamerId,
      status: this.#status,
      stage: this.#stage,
      stage_seconds: this.stageSeconds,
      error: this.#error?.toBody() ?? null,
    });
  }
}
