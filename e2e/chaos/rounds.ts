import { setTimeout as delay } from 'node:timers/promises';
import type { StreamerInfo } from '@moonshare/contract';
import { poll } from '../harness/virtual-host.ts';
import { Census } from './census.ts';
import { now } from './clock.ts';
import type { Crowd, Viewer } from './crowd.ts';
import { type Deed, HURTS, type Hurt, type Outcome, type Scene } from './deeds/index.ts';
import { Memory, mb } from './memory.ts';
import type { Onlooker } from './onlooker.ts';
import { boundUdpPorts, openWithoutClients } from './proc.ts';
import { STREAM } from './stream.ts';
import { seconds, Table } from './table.ts';
import type { World } from './world.ts';

/** Stuck is what is not back by then on any machine: a restart takes seconds, a lost host is noticed after ten. */
const STUCK_MS = 120_000;
const LOOK_MS = 250;
/** Between two that happen at once. */
const APART_MS = 2_000;
const LEGACY_STREAMERS = 2;
/** Timers of viewers that ran so late: who loses a connection then may have lost it to the machine. */
const HELD_UP_MS = 2_500;
const SPARE_DESCRIPTORS = 5;

interface Counts {
  sockets: number;
  peers: number;
}

/** One round after another: something is done, then it is looked at what came of it. */
export class Rounds {
  readonly #scene: Scene;
  readonly #world: World;
  readonly #crowd: Crowd;
  readonly #onlooker: Onlooker;
  readonly #say: (line: string) => void;
  readonly #census: Census;
  readonly #memory: Memory;
  readonly #table = new Table();
  #clients = 0;

  constructor(o: Scene & { onlooker: Onlooker; say: (line: string) => void }) {
    this.#scene = o;
    this.#world = o.world;
    this.#crowd = o.crowd;
    this.#onlooker = o.onlooker;
    this.#say = o.say;
    this.#census = new Census(o.world, o.crowd, o.streamerIds.length + LEGACY_STREAMERS);
    this.#memory = new Memory(o.world);
  }

  async begin(): Promise<void> {
    await this.#everybodyIsBack(now());
    await this.#census.take();
    await this.#memory.sample(this.#scene.streamerIds);
    this.#clients = (await this.#world.host.state()).pairedClients;
    const { length } = this.#crowd.viewers;
    this.#say(`all ${length} viewers have a picture; the host knows ${this.#clients} clients`);
  }

  async round(deeds: Deed[], when: string): Promise<void> {
    const name = deeds.map((deed) => deed.name).join(' + ');
    try {
      const said = await this.#round(deeds, name);
      this.#say(`${when}: ${name}: ${said}`);
      await this.#census.take();
      await this.#memory.sample(this.#scene.streamerIds);
    } catch (cause) {
      throw new Error(`${name}: ${(cause as Error).message}`, { cause });
    }
  }

  async #round(deeds: Deed[], name: string): Promise<string> {
    const { viewers } = this.#crowd;
    for (const viewer of viewers) if (this.#scene.random() < 0.5) this.#crowd.key(viewer, true);
    await this.#crowd.heard();
    this.#crowd.takeLateness();
    this.#onlooker.take();
    const counts = new Map(viewers.map((viewer) => [viewer, this.#counts(viewer)]));
    const since = now();
    const outcomes: Outcome[] = [];
    for (const deed of deeds) {
      if (outcomes.length > 0) await delay(APART_MS * this.#scene.random());
      outcomes.push(await deed.commit(this.#scene));
    }
    const done = now();
    const givenUp = await this.#everybodyIsBack(done);
    await this.#crowd.heard();
    const hurt = (viewer: Viewer): Hurt => {
      const { ticket } = viewer;
      if ('streamerId' in ticket && givenUp.has(ticket.streamerId)) return 'socket';
      return worst(outcomes.map((outcome) => outcome.hurt(viewer)));
    };
    const lateMs = this.#crowd.takeLateness();
    if (lateMs < HELD_UP_MS) this.#judge(counts, hurt);
    if (outcomes.length === 1) this.#demandReasons(outcomes[0]!, since);
    const hit = viewers.filter((viewer) => hurt(viewer) !== 'nothing');
    const waits = hit.map((viewer) => this.#crowd.backAfter(viewer, done));
    this.#table.add(name, waits);
    const { refusals, slowestMs } = this.#onlooker.take();
    if (refusals.length > 0 && !deeds.some(({ endsServer }) => endsServer))
      throw new Error(`the list said ${refusals[0]}`);
    return [
      `${hit.length} hit, back after ${seconds(Math.max(0, ...waits))} s`,
      ...outcomes.flatMap(({ note }) => (note === undefined ? [] : [note])),
      ...[...givenUp].map((id) => `${id} was given up and asked for again`),
      ...(slowestMs > 1_000 ? [`the list took ${seconds(slowestMs)} s`] : []),
      ...(lateMs < HELD_UP_MS ? [] : [`the machine was held up for ${seconds(lateMs)} s`]),
    ].join('; ');
  }

  /** Everybody leaves, everything is ended; `before`: the descriptors of a server without streamers. */
  async end(before: number): Promise<void> {
    const world = this.#world;
    const { pairedClients } = await world.host.state();
    await this.#crowd.close();
    await world.host.until('no held key', ({ heldKeyNames }) => heldKeyNames.length === 0);
    for (const { streamer_id } of await this.#streamers()) {
      // The one that belongs to a socket ends by itself.
      await world.api.call('DELETE', `/api/streamers/${streamer_id}`).catch(() => undefined);
    }
    // What older front ends have left runs on until somebody says so.
    await world.api.call('POST', '/api/host/cancel', { host_id: 0 });
    await world.host.until('no session, no app', ({ sessions, app }) => sessions.length === 0 && app === null);
    await poll('no streamer process', () => world.livingStreamers(), isEmpty);
    await poll('no UDP port bound', () => boundUdpPorts(world.udpPorts), isEmpty);
    await poll(
      `${before} descriptors of the server again`,
      () => openWithoutClients(world.serverPid, world.port),
      (open) => open.length <= before + SPARE_DESCRIPTORS,
    );
    for (const line of [...this.#table.lines(), ...this.#memory.lines()]) this.#say(line);
    this.#memory.check();
    const bytes = await world.dataBytes();
    const code = await world.endServer();
    const rows = world.rows();
    this.#say(`the host knows ${pairedClients} clients; the data have ${mb(bytes)} MB; rows: ${JSON.stringify(rows)}`);
    if (code !== 0) throw new Error(`the server ended with ${code}`);
    if (pairedClients > this.#clients) throw new Error(`the host knew ${this.#clients} clients at first`);
    for (const table of ['wanted_streamers', 'streamer_processes', 'running', 'join_links', 'launched_apps']) {
      if (rows[table] !== 0) throw new Error(`${rows[table]} rows are left in ${table}`);
    }
    this.#say(`${world.streamersSeen} streamer processes were seen, all are gone`);
  }

  /**
   * Resolves when all have a steady picture. Streamers that died too often are asked for again meanwhile, as a platform
   * would that was told; their ids.
   */
  async #everybodyIsBack(since: number): Promise<Set<string>> {
    const givenUp = new Set<string>();
    for (const end = now() + STUCK_MS; ; await delay(LOOK_MS)) {
      const without = this.#crowd.without(since);
      if (without.length === 0) return givenUp;
      for (const { streamer_id: id, error } of await this.#streamers()) {
        if (error?.code !== 'STREAMER_KEEPS_DYING' || !this.#scene.streamerIds.includes(id)) continue;
        givenUp.add(id);
        await this.#world.api.ensureStreamer(id, STREAM);
      }
      if (now() < end) continue;
      const why = without.map((viewer) => `${viewer.name} (${this.#crowd.toldSince(viewer, 0).slice(-4).join(', ')})`);
      throw new Error(`without a picture after ${seconds(STUCK_MS)} s: ${why.join('; ')}`);
    }
  }

  async #streamers(): Promise<StreamerInfo[]> {
    const { streamers } = await this.#world.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers');
    return streamers;
  }

  #counts(viewer: Viewer): Counts {
    const { sockets, peers } = this.#crowd.report(viewer)!;
    return { sockets, peers };
  }

  /** Nobody lost more than what was done had to cost. */
  #judge(counts: Map<Viewer, Counts>, hurt: (viewer: Viewer) => Hurt): void {
    for (const [viewer, before] of counts) {
      const most = hurt(viewer);
      if (most === 'socket') continue;
      const after = this.#counts(viewer);
      const told = this.#crowd.toldSince(viewer, 0).slice(-6).join(', ');
      if (after.sockets !== before.sockets) throw new Error(`${viewer.name} lost its socket (${told})`);
      if (most === 'peer' || after.peers === before.peers) continue;
      throw new Error(`${viewer.name} lost its peer connection (${told})`);
    }
  }

  /** Who was hurt was told why, where the socket of its kind says such things. */
  #demandReasons({ hurt, told }: Outcome, since: number): void {
    if (told === undefined) return;
    for (const viewer of this.#crowd.viewers) {
      const isTold = viewer.ticket.kind === 'credentials' || viewer.ticket.kind === 'link';
      if (!isTold || hurt(viewer) === 'nothing') continue;
      const heard = this.#crowd.toldSince(viewer, since);
      if (!heard.some((what) => told.test(what)))
        throw new Error(`${viewer.name} was told ${heard.join(', ') || 'nothing'}`);
    }
  }
}

function worst(hurts: Hurt[]): Hurt {
  return HURTS[Math.max(...hurts.map((hurt) => HURTS.indexOf(hurt)))]!;
}

function isEmpty(list: readonly unknown[]): boolean {
  return list.length === 0;
}
