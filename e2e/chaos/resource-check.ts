import type { StreamerInfo } from '@moonshare/contract';
import { poll } from '../harness/virtual-host.ts';
import { boundUdpPorts, halfClosed, openIn } from './proc.ts';
import type { Testbed } from './testbed.ts';
import type { ViewerPool } from './viewer-pool.ts';

/** Descriptors that come and go by themselves: a request in progress, a file being read. */
const SPARE_DESCRIPTORS = 6;
/** A database with some streamers has some 100 kB, its log is cut at 4 MB, and the compiled code has 4 MB. */
const MAX_DATA_BYTES = 16 * 1024 * 1024;

/** Checks that everything expected is there once every viewer is back, and that nothing has grown since the first check. */
export class ResourceCheck {
  readonly #testbed: Testbed;
  readonly #viewerPool: ViewerPool;
  readonly #streamers: number;
  readonly #first = new Map<string, number>();

  /** `streamers`: how many run, those of legacy front ends included. */
  constructor(testbed: Testbed, viewerPool: ViewerPool, streamers: number) {
    this.#testbed = testbed;
    this.#viewerPool = viewerPool;
    this.#streamers = streamers;
  }

  /** Waits for each expectation; one that is not met throws an error that says what was there instead. */
  async take(): Promise<void> {
    const { host } = this.#testbed;
    await poll('every viewer to be at its streamer, and nobody else', () => this.#present(), isAsWanted);
    await host.until(`${this.#streamers} sessions`, ({ sessions }) => sessions.length === this.#streamers);
    await this.#none('orphans', () => this.#testbed.orphans());
    await poll(
      `${this.#streamers} UDP ports`,
      () => boundUdpPorts(this.#testbed.udpPorts),
      (ports) => ports.length === this.#streamers,
    );
    await poll(
      'no connection that only the other side has closed',
      () => halfClosed(this.#testbed.port),
      (count) => count === 0,
    );
    await this.#keys();
    await this.#descriptors();
    const bytes = await this.#testbed.dataBytes();
    if (bytes > MAX_DATA_BYTES) throw new Error(`the data directory has ${bytes} bytes`);
    await this.#none('temporary files', () => this.#testbed.temporaryFiles());
  }

  /** Only keys that a viewer holds are down at the host, and none once they are all released. */
  async #keys(): Promise<void> {
    const { viewers } = this.#viewerPool;
    await this.#viewerPool.freshReports();
    const held = viewers.filter((viewer) => this.#viewerPool.report(viewer)?.holds);
    const names = new Set(held.map(({ virtualKey }) => String.fromCharCode(virtualKey)));
    const keys = async () => (await this.#testbed.host.state()).heldKeyNames;
    await this.#none(`key held at the host except ${[...names]}`, async () =>
      (await keys()).filter((name) => !names.has(name)),
    );
    for (const viewer of held) this.#viewerPool.key(viewer, false);
    await this.#none('key held after all are released', keys);
  }

  /** How many viewers each streamer has, according to the server, and how many the viewers expect. */
  async #present(): Promise<Presence> {
    const { streamers } = await this.#testbed.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers');
    const actual = streamers.map(({ streamer_id, status, connected_peers }) => {
      const id = streamer_id.startsWith('legacy-') ? 'legacy' : streamer_id;
      return `${id} ${status} ${connected_peers}`;
    });
    const wanted = new Map<string, number>();
    for (const { name, ticket } of this.#viewerPool.viewers) {
      const place = 'streamerId' in ticket ? ticket.streamerId : ticket.kind === 'joiner' ? ticket.sessionId : name;
      wanted.set(place, (wanted.get(place) ?? 0) + 1);
    }
    const expected = [...wanted].map(([place, count]) => {
      const id = /^\d+-legacy$/.test(place) || place.startsWith('kept') ? 'legacy' : place;
      return `${id} active ${count}`;
    });
    return { actual: actual.sort(), expected: expected.sort() };
  }

  async #descriptors(): Promise<void> {
    const { serverPid, host } = this.#testbed;
    const streamers = await this.#testbed.streamerPids();
    const most = async (pids: number[]) =>
      Math.max(...(await Promise.all(pids.map((pid) => openIn(pid)))).map((all) => all.length));
    for (const [what, pids] of [
      ['the server', [serverPid]],
      ['a streamer', streamers],
      ['the host', [host.pid]],
    ] as const) {
      const count = await most([...pids]);
      const first = this.#first.get(what);
      if (first === undefined) this.#first.set(what, count);
      else if (count > first + SPARE_DESCRIPTORS) {
        await poll(
          `no more than ${first} + ${SPARE_DESCRIPTORS} descriptors of ${what}`,
          () => most([...pids]),
          (now) => now <= first + SPARE_DESCRIPTORS,
        );
      }
    }
  }

  async #none<T>(what: string, look: () => Promise<T[]>): Promise<void> {
    await poll(`no ${what}`, look, (found) => found.length === 0);
  }
}

interface Presence {
  actual: string[];
  expected: string[];
}

function isAsWanted({ actual, expected }: Presence): boolean {
  return actual.join() === expected.join();
}
