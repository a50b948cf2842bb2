import { setTimeout as sleep } from 'node:timers/promises';
import { CLIPS, clipOf } from '../clip/clip.ts';
import { now } from '../harness/clock.ts';
import { BenchNetwork } from '../harness/network.ts';
import { processorSeconds } from '../harness/processor-time.ts';
import { type ReceiverKind, Receivers } from '../harness/receivers.ts';
import { slope } from '../harness/statistics.ts';
import type { EventLoopDelay } from '../harness/streamer.ts';
import { shown } from '../harness/table.ts';
import type { Bench, BenchOptions, Report } from '../harness/types.ts';
import { floor } from '../peers/floor.ts';
import { janus } from '../peers/janus.ts';
import { moonshareDatachannel, moonshareNative } from '../peers/moonshare.ts';
import { pion } from '../peers/pion.ts';
import type { RunningSender, Sender, Stage } from '../peers/types.ts';

const VIEWERS = [1, 8, 20, 32];
/** By then the queues of the start are empty. */
const SETTLE_MS = 2000;
const START_MS = 20_000;
const POLL_MS = 100;
/** A stretch of its own, because looking costs time. */
const EVENT_LOOP_SECONDS = 3;
const FLOOR = floor('segment', 'Floor, UDP_SEGMENT');
const SENDERS: readonly Sender[] = [
  floor('sendto', 'Floor, sendto'),
  FLOOR,
  moonshareNative,
  moonshareDatachannel,
  janus,
  pion,
];

/** One number of viewers. */
interface Stretch {
  viewers: number;
  seconds: number;
  cpuSeconds: number;
  /** RTP that arrived, without SRTP's tag, UDP and IP. */
  gigabits: number;
  packets: number;
  expected: number;
  lost: number;
  asked: number;
  recovered: number;
  /** Of the viewer that got fewest frames. */
  leastFps: number;
  eventLoopDelay: EventLoopDelay | null;
}

interface Measured {
  sender: string;
  receivers: ReceiverKind;
  stretches: Stretch[];
  /** CPU seconds per Gbit of each further viewer; NaN with fewer than two numbers of viewers. */
  perGigabit: number;
}

/** What viewers cost, beside what others need for the same, and what none can do without. */
export const fanout: Bench = {
  name: 'fanout',
  run: async (options) => {
    const { senders, progress } = options;
    const unknown = senders?.find((name) => !SENDERS.some((sender) => matches(sender, name)));
    if (unknown !== undefined)
      throw new TypeError(`No sender is called ${unknown}; there are ${SENDERS.map(({ name }) => name).join('; ')}`);
    const network = BenchNetwork.open(options.network);
    const measured: Measured[] = [];
    const notes: string[] = [];
    try {
      for (const sender of SENDERS) {
        if (senders?.some((name) => matches(sender, name)) === false) continue;
        for (const kind of sender.receivers) {
          progress(`${sender.name}, receivers ${kind}`);
          try {
            measured.push(await measure(sender, kind, network, options));
          } catch (error) {
            // The others are measured all the same.
            notes.push(`Not measured: ${sender.name}, receivers ${kind}: ${(error as Error).message}`);
            progress(notes.at(-1)!);
          }
        }
      }
    } finally {
      network.close();
    }
    return report(measured, notes, network, options);
  },
};

/** Part of a name is enough. */
function matches({ name }: Sender, wanted: string): boolean {
  return name.toLowerCase().includes(wanted.toLowerCase());
}

async function measure(
  sender: Sender,
  kind: ReceiverKind,
  network: BenchNetwork,
  options: BenchOptions,
): Promise<Measured> {
  const clip = await clipOf(CLIPS[options.clip]);
  const receivers = new Receivers(network, kind);
  try {
    const running = await sender.start({ clip, network, receivers });
    try {
      const stretches: Stretch[] = [];
      for (const viewers of options.viewers ?? VIEWERS) {
        await running.join(viewers - (stretches.at(-1)?.viewers ?? 0));
        options.progress(`${sender.name}, receivers ${kind}, ${viewers} viewers, measuring for ${options.seconds} s`);
        stretches.push(await measureStretch(running, { clip, network, receivers }, viewers, options.seconds));
      }
      return { sender: sender.name, receivers: kind, stretches, perGigabit: costOfFurther(stretches) };
    } finally {
      await running.close();
    }
  } finally {
    await receivers.close();
  }
}

async function measureStretch(
  running: RunningSender,
  { receivers }: Stage,
  viewers: number,
  seconds: number,
): Promise<Stretch> {
  await everyoneReceives(receivers);
  await receivers.orFailed(sleep(SETTLE_MS));
  const look = async () => {
    const cpuSeconds = processorSeconds(running.pid);
    const at = now();
    return { cpuSeconds, at, counters: await receivers.counters() };
  };
  const before = await look();
  await receivers.orFailed(sleep(seconds * 1000));
  const after = await look();
  const grown = after.counters.map((counters, index) => {
    const first = before.counters[index]!;
    const growth = (name: 'packets' | 'bytes' | 'frames' | 'expected' | 'lost' | 'nacked' | 'recovered') =>
      counters[name] - first[name];
    return growth;
  });
  const total = (name: Parameters<(typeof grown)[number]>[0]) => grown.reduce((sum, growth) => sum + growth(name), 0);
  const elapsed = (after.at - before.at) / 1000;
  return {
    viewers,
    seconds: elapsed,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    gigabits: (total('bytes') * 8) / 1e9,
    packets: total('packets'),
    expected: total('expected'),
    lost: total('lost'),
    asked: total('nacked'),
    recovered: total('recovered'),
    leastFps: Math.min(...grown.map((growth) => growth('frames'))) / elapsed,
    eventLoopDelay: await running.eventLoopDelay(EVENT_LOOP_SECONDS),
  };
}

/** A viewer begins with a key frame, and few of those are made. Throws if one gets nothing. */
async function everyoneReceives(receivers: Receivers): Promise<void> {
  const deadline = now() + START_MS;
  for (;;) {
    const waiting = (await receivers.counters()).filter(({ frames }) => frames === 0);
    if (waiting.length === 0) return;
    if (now() > deadline) throw new Error(`${waiting.length} viewers received nothing`);
    await receivers.orFailed(sleep(POLL_MS));
  }
}

/** The slope of processor time over what arrives. */
function costOfFurther(stretches: readonly Stretch[]): number {
  if (stretches.length < 2) return Number.NaN;
  return slope(
    stretches.map(({ gigabits, cpuSeconds, seconds }) => ({ x: gigabits / seconds, y: cpuSeconds / seconds })),
  );
}

function report(measured: Measured[], notes: string[], network: BenchNetwork, options: BenchOptions): Report {
  const counts = options.viewers ?? VIEWERS;
  const floorOf = (receivers: ReceiverKind) =>
    measured.find((one) => one.sender === FLOOR.name && one.receivers === receivers)?.perGigabit ?? Number.NaN;
  const most = Math.max(...counts);
  const head = [
    'sender',
    'receivers',
    'further viewers, of the floor',
    'further viewers, CPU s/Gbit',
    'one viewer, of a core',
    ...counts.map((count) => `${count}, CPU s/Gbit`),
    `${most}, packets/s`,
    `${most}, least fps`,
    `${most}, loss`,
    `${most}, event loop late p50, p99`,
  ];
  const lines = measured.map(({ sender, receivers, stretches, perGigabit }) => {
    const one = stretches.find(({ viewers }) => viewers === 1);
    const last = stretches.at(-1)!;
    const late = last.eventLoopDelay;
    return [
      sender,
      receivers,
      orNothing(perGigabit / floorOf(receivers), (value) => `${value.toFixed(2)} x`),
      orNothing(perGigabit, shown),
      one === undefined ? '-' : percent(one.cpuSeconds / one.seconds, 1),
      ...stretches.map(({ cpuSeconds, gigabits }) => orNothing(cpuSeconds / gigabits, shown)),
      (last.packets / last.seconds).toFixed(0),
      last.leastFps.toFixed(1),
      percent(Math.max(0, last.lost / last.expected), 3),
      late === null ? '-' : `${late.p50.toFixed(1)}, ${late.p99.toFixed(1)} ms`,
    ];
  });
  const way = network.kind === 'veth' ? 'between two network namespaces (veth)' : 'on loopback';
  return {
    table: [head, ...lines],
    notes: [`Clip ${options.clip}, ${options.seconds} s for each number of viewers, ${way}.`, ...notes],
    data: { clip: options.clip, network: network.kind, measured, notes },
  };
}

function orNothing(value: number, show: (value: number) => string): string {
  return Number.isFinite(value) ? show(value) : '-';
}

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`;
}
