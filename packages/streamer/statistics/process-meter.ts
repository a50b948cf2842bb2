import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessStatistics } from '@moonshare/contract';

const RESOLUTION_MS = 20;
const WINDOW_MS = 10_000;

type Delay = ProcessStatistics['event_loop_delay_ms'];

/** What this process costs, and how late its timers run. Call `sample` regularly, and `close` at the end. */
export class ProcessMeter {
  readonly #histogram: ReturnType<typeof monitorEventLoopDelay>;
  #windowAt: number;
  #last: Delay | null = null;

  constructor() {
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
    this.#windowAt = performance.now();
  }

  /** Closes a window of the delays once it is old enough. */
  sample(): void {
    if (performance.now() - this.#windowAt < WINDOW_MS) return;
    this.#last = this.#delay();
    this.#histogram.reset();
    this.#windowAt = performance.now();
  }

  load(): ProcessStatistics {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const now = this.#delay();
    return {
      pid: process.pid,
      uptime_seconds: process.uptime(),
      memory_bytes: rss,
      heap_bytes: heapUsed,
      cpu_seconds: (user + system) / 1e6,
      event_loop_delay_ms: this.#last === null ? now : { ...this.#last, max: Math.max(this.#last.max, now.max) },
    };
  }

  close(): void {
    this.#histogram.disable();
  }

  #delay(): Delay {
    const histogram = this.#histogram;
    if (histogram.count === 0) return { mean: 0, p99: 0, max: 0 };
    return { mean: late(histogram.mean), p99: late(histogram.percentile(99)), max: late(histogram.max) };
  }
}

/** The histogram contains intervals in ns, not delays. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
