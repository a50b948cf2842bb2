import { setTimeout as delay } from 'node:timers/promises';
import type { StreamerInfo } from '@moonshare/contract';
import { poll } from '../harness/virtual-host.ts';
import type { ApiProbe } from './api-probe.ts';
import { now } from './clock.ts';
import { type Fault, IMPACTS, type Impact, type Outcome, type Scene } from './faults/index.ts';
import { Memory, mb } from './memory.ts';
import { boundUdpPorts, openWithoutClients } from './proc.ts';
import { ResourceCheck } from './resource-check.ts';
import { STREAM } from './stream.ts';
import { seconds, Table } from './table.ts';
import type { Testbed } from './testbed.ts';
import type { Viewer, ViewerPool } from './viewer-pool.ts';

/** A viewer is stuck if it is not back by then on any machine: a restart takes seconds, a lost host is noticed after ten. */
const STUCK_MS = 120_000;
const LOOK_MS = 250;
/** At most this long between two faults that happen at once. */
const APART_MS = 2_000;
const LEGACY_STREAMERS = 2;
/** Once timers of viewers ran this late, a lost connection may be the machine's doing. */
const HELD_UP_MS = 2_500;
const SPARE_DESCRIPTORS = 5;

interface Counts {
  sockets: number;
  peers: number;
}

/** Round after round: a fault is injected, then its consequences are checked. */
export class Rounds {
  readonly #scene: Scene;
  readonly #testbed: Testbed;
  readonly #viewerPool: ViewerPool;
  readonly #apiProbe: ApiProbe;
  readonly #print: (line: string) => void;
  readonly #resourceCheck: ResourceCheck;
  readonly #memory: Memory;
  readonly #table = new Table();
  #clients = 0;

  constructor(options: Scene & { apiProbe: ApiProbe; print: (line: string) => void }) {
    this.#scene = options;
    this.#testbed = options.testbed;
    this.#viewerPool = options.viewerPool;
    this.#apiProbe = options.apiProbe;
    this.#print = options.print;
    this.#resourceCheck = new ResourceCheck(
      options.testbed,
      options.viewerPool,
      options.streamerIds.length + LEGACY_STREAMERS,
    );
    this.#memory = new Memory(options.testbed);
  }

  async start(): Promise<void> {
    await this.#allViewersBack(now());
    await this.#resourceCheck.take();
    await this.#memory.sample(this.#scene.streamerIds);
    this.#clients = (await this.#testbed.host.state()).pairedClients;
    const { length } = this.#viewerPool.viewers;
    this.#print(`all ${length} viewers have a picture; the host knows ${this.#clients} clients`);
  }

  async round(faults: Fault[], when: string): Promise<void> {
    const name = faults.map((fault) => fault.name).join(' + ');
    try {
      const result = await this.#round(faults, name);
      this.#print(`${when}: ${name}: ${result}`);
      await this.#resourceCheck.take();
      await this.#memory.sample(this.#scene.streamerIds);
    } catch (cause) {
      throw new Error(`${name}: ${(cause as Error).message}`, { cause });
    }
  }

  async #round(faults: Fault[], name: string): Promise<string> {
    const { viewers } = this.#viewerPool;
    for (const viewer of viewers) if (this.#scene.random() < 0.5) this.#viewerPool.key(viewer, true);
    await this.#viewerPool.freshReports();
    this.#viewerPool.takeLateness();
    this.#apiProbe.take();
    const counts = new Map(viewers.map((viewer) => [viewer, this.#counts(viewer)]));
    const since = now();
    const outcomes: Outcome[] = [];
    for (const fault of faults) {
      if (outcomes.length > 0) await delay(APART_MS * this.#scene.random());
      outcomes.push(await fault.inject(this.#scene));
    }
    const done = now();
    const givenUp = await this.#allViewersBack(done);
    await this.#viewerPool.freshReports();
    const impact = (viewer: Viewer): Impact => {
      const { ticket } = viewer;
      if ('streamerId' in ticket && givenUp.has(ticket.streamerId)) return 'socket';
      return worst(outcomes.map((outcome) => outcome.impact(viewer)));
    };
    const lateMs = this.#viewerPool.takeLateness();
    if (lateMs < HELD_UP_MS) this.#judge(counts, impact);
    if (outcomes.length === 1) this.#demandReasons(outcomes[0]!, since);
    const hit = viewers.filter((viewer) => impact(viewer) !== 'nothing');
    const waits = hit.map((viewer) => this.#viewerPool.backAfter(viewer, done));
    this.#table.add(name, waits);
    const { refusals, slowestMs } = this.#apiProbe.take();
    if (refusals.length > 0 && !faults.some(({ endsServer }) => endsServer))
      throw new Error(`the list of streamers failed: ${refusals[0]}`);
    return [
      `${hit.length} hit, back after ${seconds(Math.max(0, ...waits))} s`,
      ...outcomes.flatMap(({ note }) => (note === undefined ? [] : [note])),
      ...[...givenUp].map((id) => `${id} was given up and set again`),
      ...(slowestMs > 1_000 ? [`the list took ${seconds(slowestMs)} s`] : []),
      ...(lateMs < HELD_UP_MS ? [] : [`the machine was held up for ${seconds(lateMs)} s`]),
    ].join('; ');
  }

  /** Every viewer leaves and everything is ended; `before`: the descriptors of a server without streamers. */
  async end(before: number): Promise<void> {
    const testbed = this.#testbed;
    const { pairedClients } = await testbed.host.state();
    await this.#viewerPool.close();
    await testbed.host.until('no held key', ({ heldKeyNames }) => heldKeyNames.length === 0);
    for (const { streamer_id } of await this.#streamers()) {
      // The one that belongs to a socket ends by itself.
      await testbed.api.call('DELETE', `/api/streamers/${streamer_id}`).catch(() => undefined);
    }
    // What legacy front ends left behind runs on until it is cancelled.
    await testbed.api.call('POST', '/api/host/cancel', { host_id: 0 });
    await testbed.host.until('no session, no app', ({ sessions, app }) => sessions.length === 0 && app === null);
    await poll('no streamer process', () => testbed.livingStreamers(), isEmpty);
    await poll('no UDP port bound', () => boundUdpPorts(testbed.udpPorts), isEmpty);
    await poll(
      `${before} descriptors of the server again`,
      () => openWithoutClients(testbed.serverPid, testbed.port),
      (open) => open.length <= before + SPARE_DESCRIPTORS,
    );
    for (const line of [...this.#table.lines(), ...this.#memory.lines()]) this.#print(line);
    this.#memory.check();
    const bytes = await testbed.dataBytes();
    const code = await testbed.endServer();
    const rows = testbed.rows();
    this.#print(
      `the host knows ${pairedClients} clients; the data have ${mb(bytes)} MB; rows: ${JSON.stringify(rows)}`,
    );
    if (code !== 0) throw new Error(`the server ended with ${code}`);
    if (pairedClients > this.#clients) throw new Error(`the host knew ${this.#clients} clients at first`);
    for (const table of ['wanted_streamers', 'streamer_processes', 'running', 'join_links', 'launched_apps']) {
      if (rows[table] !== 0) throw new Error(`${rows[table]} rows are left in ${table}`);
    }
    this.#print(`${testbed.streamersSeen} streamer processes were seen, all are gone`);
  }

  /**
   * Resolves when all have a steady picture. Meanwhile it sets streamers that died too often again, as a platform that was told
   * would; returns their ids.
   */
  async #allViewersBack(since: number): Promise<Set<string>> {
    const givenUp = new Set<string>();
    for (const end = now() + STUCK_MS; ; await delay(LOOK_MS)) {
      const without = this.#viewerPool.without(since);
      if (without.length === 0) return givenUp;
      for (const { streamer_id: id, error } of await this.#streamers()) {
        if (error?.code !== 'STREAMER_KEEPS_DYING' || !this.#scene.streamerIds.includes(id)) continue;
        givenUp.add(id);
        await this.#testbed.api.ensureStreamer(id, STREAM);
      }
      if (now() < end) continue;
      const why = without.map(
        (viewer) => `${viewer.name} (${this.#viewerPool.notificationsSince(viewer, 0).slice(-4).join(', ')})`,
      );
      throw new Error(`without a picture after ${seconds(STUCK_MS)} s: ${why.join('; ')}`);
    }
  }

  async #streamers(): Promise<StreamerInfo[]> {
    const { streamers } = await this.#testbed.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers');
    return streamers;
  }

  #counts(viewer: Viewer): Counts {
    const { sockets, peers } = this.#viewerPool.report(viewer)!;
    return { sockets, peers };
  }

  /** No viewer lost more than the fault had to cost it. */
  #judge(counts: Map<Viewer, Counts>, impact: (viewer: Viewer) => Impact): void {
    for (const [viewer, before] of counts) {
      const most = impact(viewer);
      if (most === 'socket') continue;
      const after = this.#counts(viewer);
      const notifications = this.#viewerPool.notificationsSince(viewer, 0).slice(-6).join(', ');
      if (after.sockets !== before.sockets) throw new Error(`${viewer.name} lost its socket (${notifications})`);
      if (most === 'peer' || after.peers === before.peers) continue;
      throw new Error(`${viewer.name} lost its peer connection (${notifications})`);
    }
  }

  /** Affected viewers were told why, if their socket reports reasons. */
  #demandReasons({ impact, reason }: Outcome, since: number): void {
    if (reason === undefined) return;
    for (const viewer of this.#viewerPool.viewers) {
      const isNotified = viewer.ticket.kind === 'credentials' || viewer.ticket.kind === 'link';
      if (!isNotified || impact(viewer) === 'nothing') continue;
      const notifications = this.#viewerPool.notificationsSince(viewer, since);
      if (!notifications.some((what) => reason.test(what)))
        throw new Error(`${viewer.name} was only told ${notifications.join(', ') || 'nothing'}`);
    }
  }
}

function worst(impacts: Impact[]): Impact {
  return IMPACTS[Math.max(...impacts.map((impact) => IMPACTS.indexOf(impact)))]!;
}

function isEmpty(list: readonly unknown[]): boolean {
  return list.length === 0;
}
