import { setTimeout as delay } from 'node:timers/promises';
import { ApiProbe } from './api-probe.ts';
import { now } from './clock.ts';
import { FAULTS, type Fault, newLink } from './faults/index.ts';
import { openWithoutClients } from './proc.ts';
import { generator, pick, type Random, shuffled } from './random.ts';
import { Rounds } from './rounds.ts';
import { STREAM } from './stream.ts';
import { seconds } from './table.ts';
import { Testbed } from './testbed.ts';
import { ViewerPool } from './viewer-pool.ts';
import type { Ticket } from './viewers/messages.ts';

export interface ChaosOptions {
  /** For how long faults are injected. */
  ms: number;
  viewers: number;
  streamers: number;
  seed: number;
  /** Inject only faults whose name contains this; null: all. */
  only: string | null;
  /** A file for the logs of server and streamers; null: nowhere. */
  log: string | null;
  /** Stops early; everything is cleaned up. */
  signal?: AbortSignal;
  print: (line: string) => void;
}

const PAUSE_MS = 3_000;
/** Probability that two faults happen at once. */
const TWICE = 0.3;
const HOMES = 5;

/**
 * Injects one fault after another, or two at once. After each, every viewer must be back, hit no harder than the fault requires and
 * told why, and nothing may be left over. Throws what is wrong.
 */
export async function chaos(options: ChaosOptions): Promise<void> {
  const { print } = options;
  const random = generator(options.seed);
  const testbed = await Testbed.start(options.log);
  const ends = [() => testbed.close()];
  const run = async () => {
    const before = (await openWithoutClients(testbed.serverPid, testbed.port)).length;
    const streamerIds = Array.from({ length: options.streamers }, (_, n) => `chaos-${n}`);
    for (const id of streamerIds) await testbed.api.ensureStreamer(id, STREAM);
    const viewerPool = new ViewerPool(testbed.api.url, await tickets(testbed, streamerIds, options.viewers), HOMES);
    ends.unshift(() => viewerPool.close());
    const apiProbe = new ApiProbe(testbed.api);
    ends.unshift(() => apiProbe.close());
    const rounds = new Rounds({ testbed, viewerPool, apiProbe, streamerIds, random, print });
    await rounds.start();
    const bag = new Bag(
      FAULTS.filter(({ name }) => name.includes(options.only ?? '')),
      random,
    );
    const end = now() + options.ms;
    while (now() < end) {
      // One server lives through the first half, so that a leak in it would show.
      const isLate = options.only !== null || end - now() < options.ms / 2;
      await rounds.round(bag.next(isLate), `${seconds(end - now())} s to go`);
      await delay(PAUSE_MS * random());
    }
    print('no more faults');
    await apiProbe.close();
    await rounds.end(before);
  };
  try {
    await Promise.race([run(), aborted(options.signal)]);
  } finally {
    for (const end of ends) await end();
  }
}

/** Deals every fault once before it repeats any. */
class Bag {
  readonly #faults: readonly Fault[];
  readonly #random: Random;
  #left: Fault[] = [];
  #wasLate = false;

  constructor(faults: readonly Fault[], random: Random) {
    this.#faults = faults;
    this.#random = random;
  }

  /** One fault, or two that may happen at once; those that end the server only in the second half, spread evenly. */
  next(isLate: boolean): Fault[] {
    if (isLate && !this.#wasLate) this.#left = [];
    this.#wasLate = isLate;
    if (this.#left.length === 0) this.#fill(isLate);
    const fault = this.#left.shift()!;
    const others = this.#faults.filter(({ alone, endsServer }) => !alone && (isLate || !endsServer));
    if (fault.alone || others.length === 0 || this.#random() > TWICE) return [fault];
    return [fault, pick(others, this.#random)];
  }

  #fill(isLate: boolean): void {
    const ending = isLate ? this.#shuffled(({ endsServer }) => endsServer === true) : [];
    const others = this.#shuffled(({ endsServer }) => endsServer !== true);
    while (ending.length > 0 || others.length > 0) this.#left.push(...ending.splice(0, 1), ...others.splice(0, 1));
  }

  #shuffled(wanted: (fault: Fault) => boolean): Fault[] {
    return shuffled(this.#faults.filter(wanted), this.#random);
  }
}

/**
 * Some viewers use credentials, some links, half of either with media sockets; some are legacy front ends: one with a session of its
 * own, the others sharing one.
 */
async function tickets(testbed: Testbed, streamerIds: readonly string[], count: number): Promise<Ticket[]> {
  const { appId } = testbed;
  const legacy: Ticket[] = [
    { kind: 'legacy', clientId: 'old-one', appId },
    ...Array.from({ length: 3 }, (): Ticket => ({ kind: 'joiner', clientId: 'kept', appId, sessionId: 'kept' })),
  ];
  const others = Array.from({ length: count - legacy.length }, async (_, n): Promise<Ticket> => {
    const streamerId = streamerIds[n % streamerIds.length]!;
    const transport = n % 4 < 2 ? 'webrtc' : 'websocket';
    if (n % 2 === 0) return { kind: 'credentials', streamerId, transport };
    return { kind: 'link', streamerId, transport, ...(await newLink(testbed, streamerId)) };
  });
  return [...(await Promise.all(others)), ...legacy];
}

/** Rejects when `signal` aborts. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
