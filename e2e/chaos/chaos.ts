import { setTimeout as delay } from 'node:timers/promises';
import { now } from './clock.ts';
import { Crowd } from './crowd.ts';
import { DEEDS, type Deed, newLink } from './deeds/index.ts';
import { Onlooker } from './onlooker.ts';
import { openWithoutClients } from './proc.ts';
import { generator, pick, type Random, shuffled } from './random.ts';
import { Rounds } from './rounds.ts';
import { STREAM } from './stream.ts';
import { seconds } from './table.ts';
import type { Ticket } from './viewers/messages.ts';
import { World } from './world.ts';

export interface ChaosOptions {
  /** How long things are killed. */
  ms: number;
  viewers: number;
  streamers: number;
  seed: number;
  /** Part of the name of the only deeds to do; null: all. */
  only: string | null;
  /** A file for what server and streamers say; null: nowhere. */
  log: string | null;
  /** Ends it early; everything is tidied up. */
  signal?: AbortSignal;
  say: (line: string) => void;
}

const PAUSE_MS = 3_000;
/** How often two things happen at once. */
const TWICE = 0.3;
const HOMES = 5;

/**
 * Does one deed after another, or two at once, and after each demands that everybody is back, was hurt no more than need be
 * and was told why, and that nothing is left over. Throws what is wrong.
 */
export async function chaos(options: ChaosOptions): Promise<void> {
  const { say } = options;
  const random = generator(options.seed);
  const world = await World.start(options.log);
  const ends = [() => world.close()];
  const run = async () => {
    const before = (await openWithoutClients(world.serverPid, world.port)).length;
    const streamerIds = Array.from({ length: options.streamers }, (_, n) => `chaos-${n}`);
    for (const id of streamerIds) await world.api.ensureStreamer(id, STREAM);
    const crowd = new Crowd(world.api.url, await tickets(world, streamerIds, options.viewers), HOMES);
    ends.unshift(() => crowd.close());
    const onlooker = new Onlooker(world.api);
    ends.unshift(() => onlooker.close());
    const rounds = new Rounds({ world, crowd, onlooker, streamerIds, random, say });
    await rounds.begin();
    const bag = new Bag(
      DEEDS.filter(({ name }) => name.includes(options.only ?? '')),
      random,
    );
    const end = now() + options.ms;
    while (now() < end) {
      // One server lives through the first half, so that it can be seen whether it grows.
      const isLate = options.only !== null || end - now() < options.ms / 2;
      await rounds.round(bag.next(isLate), `${seconds(end - now())} s to go`);
      await delay(PAUSE_MS * random());
    }
    say('no more killing');
    await onlooker.close();
    await rounds.end(before);
  };
  try {
    await Promise.race([run(), aborted(options.signal)]);
  } finally {
    for (const end of ends) await end();
  }
}

/** Each deed comes before any comes again. */
class Bag {
  readonly #deeds: readonly Deed[];
  readonly #random: Random;
  #left: Deed[] = [];
  #wasLate = false;

  constructor(deeds: readonly Deed[], random: Random) {
    this.#deeds = deeds;
    this.#random = random;
  }

  /** One, or two that may happen at once; those that end the server only when it is late, and then soon. */
  next(isLate: boolean): Deed[] {
    if (isLate && !this.#wasLate) this.#left = [];
    this.#wasLate = isLate;
    if (this.#left.length === 0) this.#fill(isLate);
    const deed = this.#left.shift()!;
    const others = this.#deeds.filter(({ alone, endsServer }) => !alone && (isLate || !endsServer));
    if (deed.alone || others.length === 0 || this.#random() > TWICE) return [deed];
    return [deed, pick(others, this.#random)];
  }

  #fill(isLate: boolean): void {
    const ending = isLate ? this.#shuffled(({ endsServer }) => endsServer === true) : [];
    const others = this.#shuffled(({ endsServer }) => endsServer !== true);
    while (ending.length > 0 || others.length > 0) this.#left.push(...ending.splice(0, 1), ...others.splice(0, 1));
  }

  #shuffled(wanted: (deed: Deed) => boolean): Deed[] {
    return shuffled(this.#deeds.filter(wanted), this.#random);
  }
}

/** Some by credentials, some by links, and some older front ends: one with a session of its own, the others in one together. */
async function tickets(world: World, streamerIds: readonly string[], count: number): Promise<Ticket[]> {
  const { appId } = world;
  const legacy: Ticket[] = [
    { kind: 'legacy', clientId: 'old-one', appId },
    ...Array.from({ length: 3 }, (): Ticket => ({ kind: 'joiner', clientId: 'kept', appId, sessionId: 'kept' })),
  ];
  const others = Array.from({ length: count - legacy.length }, async (_, n): Promise<Ticket> => {
    const streamerId = streamerIds[n % streamerIds.length]!;
    if (n % 2 === 0) return { kind: 'credentials', streamerId };
    return { kind: 'link', streamerId, ...(await newLink(world, streamerId)) };
  });
  return [...(await Promise.all(others)), ...legacy];
}

/** Rejects when `signal` aborts. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
