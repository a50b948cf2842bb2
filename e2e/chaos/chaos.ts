import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../harness/virtual-host.ts';
import { NativeViewer } from './native-viewer.ts';
import { World } from './world.ts';

export interface ChaosOptions {
  /** How long things are killed. */
  ms: number;
  viewers: number;
  streamers: number;
  /** Between two deeds. */
  pauseMs: number;
  seed: number;
  say: (line: string) => void;
}

/** A viewer that had a picture this recently has one. */
const FRESH_MS = 1_000;
const HOST_AWAY_MS = 1_000;
/** A killed server waits 10 s for the streamers it left, a lost host is noticed after as many. */
const BACK_LIMIT_MS = 90_000;
/** Descriptors that come and go by themselves: a request under way, a poll inherited from the viewers' library. */
const SPARE_DESCRIPTORS = 5;

/** Each deed comes before any comes again. */
const DEEDS = ['streamer', 'viewer', 'host', 'streamer', 'server', 'hang', 'viewer', 'streamer', 'keys'] as const;
type Deed = (typeof DEEDS)[number];

/** Kills at random for a while, then demands that everybody is back and nothing was leaked. Throws what is wrong. */
export async function chaos(options: ChaosOptions): Promise<void> {
  const { say } = options;
  const random = generator(options.seed);
  const world = await World.start(options.streamers);
  const viewers: NativeViewer[] = [];
  try {
    const { length: before } = await world.descriptors();
    await world.ensureStreamers();
    for (let n = 0; n < options.viewers; n++) {
      const streamer = world.streamerIds[n % options.streamers]!;
      viewers.push(new NativeViewer(`viewer-${n}`, world.api.url, streamer));
    }
    await everybodyIsBack(world, viewers, say);

    const end = performance.now() + options.ms;
    let bag: Deed[] = [];
    while (performance.now() < end) {
      if (bag.length === 0) bag = shuffled(DEEDS, random);
      const deed = bag.pop()!;
      say(`${Math.round((end - performance.now()) / 1000)} s to go: ${deed}`);
      await commit(deed, world, viewers, random);
      await delay(options.pauseMs * (0.5 + random()));
    }

    say('no more killing');
    await everybodyIsBack(world, viewers, say);
    await world.host.until(`${options.streamers} sessions`, ({ sessions }) => sessions.length === options.streamers);
    await poll(
      'no orphan',
      () => world.orphans(),
      (orphans) => orphans.length === 0,
    );

    await Promise.all(viewers.splice(0).map((viewer) => viewer.close()));
    await world.host.until('no held key', ({ heldKeyNames }) => heldKeyNames.length === 0);
    for (const id of world.streamerIds) await world.api.call('DELETE', `/api/streamers/${id}`);
    await world.host.until('no session, no app', ({ sessions, app }) => sessions.length === 0 && app === null);
    await poll(
      `${before} descriptors of the server again`,
      () => world.descriptors(),
      (now) => now.length <= before + SPARE_DESCRIPTORS,
    );
    say(`${world.streamersSeen.size} streamer processes were seen, all are gone`);
  } finally {
    await Promise.all(viewers.map((viewer) => viewer.close()));
    await world.close();
  }
}

async function commit(deed: Deed, world: World, viewers: NativeViewer[], random: () => number): Promise<void> {
  switch (deed) {
    case 'streamer':
    case 'hang': {
      const pid = pick(await world.streamerPids(), random);
      if (pid !== undefined) process.kill(pid, deed === 'hang' ? 'SIGSTOP' : 'SIGKILL');
      return;
    }
    case 'viewer':
      pick(viewers, random)?.crash();
      return;
    case 'keys':
      for (const viewer of viewers) viewer.key(random() < 0.5);
      return;
    case 'host':
      await world.host.kill();
      await delay(HOST_AWAY_MS);
      await world.host.revive();
      return;
    case 'server':
      await world.killServer();
      return;
  }
}

/** Everybody has a picture. Streamers that were given up meanwhile are asked for again, as a platform would. */
async function everybodyIsBack(world: World, viewers: NativeViewer[], say: (line: string) => void): Promise<void> {
  const from = performance.now();
  for (;;) {
    const now = performance.now();
    const without = viewers.filter(({ videoAt }) => videoAt < Math.max(from, now - FRESH_MS));
    if (without.length === 0) return say(`all ${viewers.length} viewers have a picture, ${Math.round(now - from)} ms`);
    if (now - from > BACK_LIMIT_MS) {
      const why = without.map(({ name, told }) => `${name} (${told})`).join(', ');
      throw new Error(`without a picture after ${BACK_LIMIT_MS / 1000} s: ${why}`);
    }
    await world.ensureStreamers();
    await delay(250);
  }
}

/** mulberry32: the same seed, the same deeds. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function pick<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}
