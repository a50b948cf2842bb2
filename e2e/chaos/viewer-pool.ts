import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { now } from './clock.ts';
import type { FromViewers, Ticket, ToViewers, ViewerReport, ViewerStart } from './viewers/messages.ts';

const LOOK_MS = 100;
/** A picture older than this is gone, and a report older than this comes from a process that does not run. */
const FRESH_MS = 1_500;
/** Without a gap for this long, so not just one frame that was on its way. */
const STEADY_MS = 2_000;
const FIRST_KEY = 0x41;

export interface Viewer extends ViewerStart {
  /** Index of the process that it lives in. */
  home: number;
}

interface Home {
  process: ChildProcess;
  frozen: boolean;
  /** How many late reports to ignore, as it was frozen. */
  excused: number;
  reportAt: number;
}

/** The viewers, spread over processes that can be killed and stopped. */
export class ViewerPool {
  readonly viewers: readonly Viewer[];
  readonly #server: string;
  readonly #homes: Home[] = [];
  readonly #reports = new Map<string, ViewerReport>();
  #latestMs = 0;

  constructor(server: string, tickets: Ticket[], homes: number) {
    this.#server = server;
    this.viewers = tickets.map((ticket, n) => {
      const name = `${n}-${ticket.kind}`;
      return { name, ticket, virtualKey: FIRST_KEY + n, home: n % homes };
    });
    for (let home = 0; home < homes; home++) this.#homes.push(this.#open(home));
  }

  get homes(): number {
    return this.#homes.length;
  }

  at(home: number): Viewer[] {
    return this.viewers.filter((viewer) => viewer.home === home);
  }

  /** null: nothing reported yet. */
  report({ name }: Viewer): ViewerReport | null {
    return this.#reports.get(name) ?? null;
  }

  /** How late timers of viewers ran since the last call, ms: beyond a second or two the machine is at its limit. */
  takeLateness(): number {
    const latest = this.#latestMs;
    this.#latestMs = 0;
    return latest;
  }

  key(viewer: Viewer, down: boolean): void {
    this.#send(viewer.home, { type: 'key', name: viewer.name, down });
  }

  crash(viewer: Viewer): void {
    this.#send(viewer.home, { type: 'crash', name: viewer.name });
  }

  /** Gives it another link. */
  useLink(viewer: Viewer, { link, linkId }: { link: string; linkId: number }): void {
    if (viewer.ticket.kind !== 'link') throw new Error(`${viewer.name} did not come by a link`);
    Object.assign(viewer.ticket, { link, linkId });
    this.#send(viewer.home, { type: 'link', name: viewer.name, link });
  }

  /** `kill -9`, then the same viewers again. */
  async replace(home: number): Promise<void> {
    const { process } = this.#homes[home]!;
    const exited = once(process, 'exit');
    process.kill('SIGKILL');
    await exited;
    this.#homes[home] = this.#open(home);
  }

  freeze(home: number): void {
    this.#homes[home]!.process.kill('SIGSTOP');
    this.#homes[home]!.frozen = true;
  }

  thaw(home: number): void {
    this.#homes[home]!.process.kill('SIGCONT');
    this.#homes[home]!.frozen = false;
    this.#homes[home]!.excused = 2;
  }

  /** Viewers without a steady picture since `since`. */
  without(since: number): Viewer[] {
    const at = now();
    return this.viewers.filter((viewer) => {
      const report = this.report(viewer);
      if (report === null || at - this.#homes[viewer.home]!.reportAt > FRESH_MS) return true;
      const steadyFrom = Math.max(report.gaps.at(-1)?.to ?? 0, since);
      return report.frames === 0 || at - report.frameAt > FRESH_MS || at - steadyFrom < STEADY_MS;
    });
  }

  /** Milliseconds from `since` until this viewer had its picture back; 0: it was never gone. */
  backAfter(viewer: Viewer, since: number): number {
    const gap = this.report(viewer)?.gaps.findLast(({ to }) => to > since);
    return gap === undefined ? 0 : gap.to - since;
  }

  notificationsSince(viewer: Viewer, since: number): string[] {
    return (this.report(viewer)?.notifications ?? []).filter(({ at }) => at >= since).map(({ what }) => what);
  }

  /** All leave in an orderly way. */
  async close(): Promise<void> {
    await Promise.all(
      this.#homes.map(async ({ process, frozen }, home) => {
        if (process.exitCode !== null || process.signalCode !== null) return;
        const exited = once(process, 'exit');
        if (frozen) this.thaw(home);
        this.#send(home, { type: 'close' });
        await Promise.race([exited, delay(10_000, undefined, { ref: false }).then(() => process.kill('SIGKILL'))]);
        await exited;
      }),
    );
  }

  /** Resolves when every running process has reported again. */
  async freshReports(): Promise<void> {
    const since = now();
    while (this.#homes.some(({ frozen, reportAt }) => !frozen && reportAt < since)) await delay(LOOK_MS);
  }

  #open(home: number): Home {
    const child = fork(new URL('./viewers/main.ts', import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const opened: Home = { process: child, frozen: false, excused: 0, reportAt: 0 };
    child.on('message', (message: FromViewers) => this.#take(opened, message));
    child.send({ type: 'start', server: this.#server, viewers: this.at(home) } satisfies ToViewers);
    return opened;
  }

  #take(home: Home, { at, lateMs, viewers }: FromViewers): void {
    home.reportAt = at;
    if (home.excused > 0) home.excused -= 1;
    else if (!home.frozen) this.#latestMs = Math.max(this.#latestMs, lateMs);
    for (const viewer of viewers) this.#reports.set(viewer.name, viewer);
  }

  #send(home: number, message: ToViewers): void {
    this.#homes[home]!.process.send(message, () => {});
  }
}
