import { setTimeout as sleep } from 'node:timers/promises';
import { CLIPS, clipOf } from '../clip/clip.ts';
import { now } from '../harness/clock.ts';
import { MediaDoor } from '../harness/media-door.ts';
import { Scene } from '../harness/scene.ts';
import { SocketFloor } from '../harness/socket-floor.ts';
import { SocketViewers } from '../harness/socket-viewers.ts';
import { percentile, slope } from '../harness/statistics.ts';
import type { BenchStreamer } from '../harness/streamer.ts';
import type { Bench, BenchOptions, Row } from '../harness/types.ts';

const BITRATE_KBPS = 20_000;
const COUNTS = [8, 32, 64];
const WEBRTC_COUNTS = [8, 32];
/** CPU seconds per Gbit. */
const BARS = { plain: '<= 0.12', TLS: '<= 0.2' } as const;
/** Joins that are timed: one at a time, into a stream that nobody has just joined. */
const TIMED_JOINS = 6;
const MB = 1024 * 1024;

/** A process that does little takes this long until V8 has compiled what it does often. */
const WARM_UP_MS = 15_000;
const SETTLE_MS = 1_000;
/** Load is measured in slices of this length, and the median counts: what else the machine does spoils some of them. */
const SLICE_SECONDS = 1;

/** CPU seconds per second of the processes, and what viewers got meanwhile. */
interface Stretch {
  streamer: number;
  /** Of that, what it takes to serve viewers: without what a streamer took at the same time that nobody watches. */
  serving: number;
  /** The bench's process, which does the server's part and nothing else meanwhile. */
  server: number;
  gigabitsPerSecond: number;
  /** Per frame, ms: from the datagram that completes it leaving the host, to the last viewer having read it. */
  delays: number[];
}

/** What viewers on media sockets cost, plain and with TLS, beside the least that Node could do, and WebRTC viewers of the same stream. */
export const webSocket: Bench = {
  name: 'websocket',
  run: (options) =>
    Scene.run(
      (unwatched) =>
        Scene.run(
          async (scene) => {
            const pair: Pair = { scene, unwatched: unwatched.streamer };
            await warmUp(pair, options);
            const plain = await onSockets(pair, 'plain', options);
            const encrypted = await onSockets(pair, 'TLS', options);
            return [...plain, ...encrypted, ...(await onWebRtc(pair, options))];
          },
          { bitrateKbps: BITRATE_KBPS },
        ),
      { bitrateKbps: BITRATE_KBPS },
    ),
};

/** CPU seconds per second. */
interface Slice {
  streamer: number;
  unwatched: number;
  server: number;
  gigabitsPerSecond: number;
}

/** The same stream twice: one with viewers, and one that nobody watches. */
interface Pair {
  scene: Scene;
  unwatched: BenchStreamer;
}

async function warmUp({ scene: { streamer } }: Pair, { progress }: BenchOptions): Promise<void> {
  progress('warming up');
  const door = await MediaDoor.open(streamer, 'plain');
  const viewers = new SocketViewers(streamer, door);
  while (viewers.count < COUNTS[0]!) await viewers.join();
  await streamer.orFailed(sleep(WARM_UP_MS));
  await viewers.close();
  door.close();
}

async function onSockets(pair: Pair, kind: 'plain' | 'TLS', { seconds, progress }: BenchOptions): Promise<Row[]> {
  const { scene } = pair;
  const { streamer } = scene;
  const door = await MediaDoor.open(streamer, kind);
  const viewers = new SocketViewers(streamer, door);
  const rows: Row[] = [];
  const stretches: { count: number; stretch: Stretch }[] = [];
  const memory: { x: number; y: number }[] = [];
  progress(`${kind}: ${TIMED_JOINS} joins`);
  const joins: number[] = [];
  while (viewers.count < TIMED_JOINS) {
    joins.push(await viewers.join());
    await scene.settle();
  }
  for (const count of COUNTS) {
    progress(`${kind}: ${count} viewers, measuring for ${seconds} s`);
    while (viewers.count < count) await viewers.join();
    await scene.settle();
    const stretch = await measureSockets(pair, viewers, seconds);
    memory.push({ x: count, y: (await streamer.memory()) / MB });
    stretches.push({ count, stretch });
  }
  await viewers.close();
  door.close();
  const floors = await measureFloor(kind, { seconds, progress });
  for (const [index, { count, stretch }] of stretches.entries()) {
    const what = `${kind}, ${count} viewers`;
    rows.push(floorRow(what, kind, stretch, floors[index]!), cpuRow(what, kind, stretch), delayRow(what, stretch));
  }
  const resident = memory.map(({ x, y }) => `${x}: ${y.toFixed(0)}`).join(', ');
  return [
    ...rows,
    {
      what: `${kind}: memory per further viewer`,
      value: slope(memory),
      unit: 'MB',
      bar: '<= 0.6',
      note: `of the streamer, resident, by ${resident} MB`,
    },
    {
      what: `${kind}: join to first frame read`,
      value: percentile(joins, 0.5),
      unit: 'ms',
      bar: '',
      note: `slowest of ${joins.length}: ${percentile(joins, 1).toFixed(0)} ms`,
    },
  ];
}

/** CPU s per Gbit, for each of the counts, of a process that only writes. */
async function measureFloor(
  kind: 'plain' | 'TLS',
  { seconds, progress }: Pick<BenchOptions, 'seconds' | 'progress'>,
): Promise<number[]> {
  const floor = await SocketFloor.start(await clipOf({ ...CLIPS['720p60'], bitrateKbps: BITRATE_KBPS }), kind);
  const floors: number[] = [];
  for (const count of COUNTS) {
    progress(`${kind}: the floor of ${count} viewers`);
    while (floor.count < count) await floor.join();
    await floor.measure(floors.length === 0 ? WARM_UP_MS : SETTLE_MS);
    const slices: number[] = [];
    for (let second = 0; second < seconds; second += SLICE_SECONDS) {
      const { load, gigabitsPerSecond } = await floor.measure(SLICE_SECONDS * 1000);
      slices.push(load / gigabitsPerSecond);
    }
    floors.push(percentile(slices, 0.5));
  }
  await floor.close();
  return floors;
}

function floorRow(what: string, kind: 'plain' | 'TLS', stretch: Stretch, floor: number): Row {
  const own = (stretch.serving + (kind === 'TLS' ? stretch.server : 0)) / stretch.gigabitsPerSecond;
  return {
    what: `${what}: CPU, of the floor`,
    value: own / floor,
    unit: 'x',
    bar: '',
    note: `${own.toFixed(2)} s per Gbit${kind === 'TLS' ? ', server and streamer' : ''}; the floor ${floor.toFixed(2)}`,
  };
}

function cpuRow(what: string, kind: 'plain' | 'TLS', stretch: Stretch): Row {
  const { server, streamer, serving, gigabitsPerSecond: gigabits } = stretch;
  const bySending = serving / gigabits;
  const whole = `whole streamer ${(streamer / gigabits).toFixed(2)}; ${(gigabits * 1000).toFixed(0)} Mbit/s`;
  return {
    what: `${what}: CPU per Gbit`,
    value: kind === 'TLS' ? server / gigabits : bySending,
    unit: 's',
    bar: BARS[kind],
    note: kind === 'TLS' ? `of the server; sending, in the streamer, ${bySending.toFixed(2)}; ${whole}` : whole,
  };
}

function delayRow(what: string, { delays }: Stretch): Row {
  return {
    what: `${what}: delay p99`,
    value: percentile(delays, 0.99),
    unit: 'ms',
    bar: '',
    note: `p50 ${percentile(delays, 0.5).toFixed(1)} ms; ${delays.length} frames`,
  };
}

async function onWebRtc(pair: Pair, { seconds, progress }: BenchOptions): Promise<Row[]> {
  const { scene } = pair;
  const rows: Row[] = [];
  let joined = 0;
  for (const count of WEBRTC_COUNTS) {
    progress(`WebRTC: ${count} viewers, measuring for ${seconds} s`);
    const viewers = await scene.addViewers(count - joined);
    joined = count;
    await scene.settle();
    await viewers.framesReceived();
    const { streamer, serving, gigabitsPerSecond: gigabits } = await measureLoad(pair, seconds);
    const fps = ((await viewers.framesReceived()) / seconds).toFixed(0);
    rows.push({
      what: `WebRTC, ${count} viewers: CPU per Gbit`,
      value: serving / gigabits,
      unit: 's',
      bar: '',
      note: `whole streamer ${(streamer / gigabits).toFixed(2)}; ${(gigabits * 1000).toFixed(0)} Mbit/s; one received ${fps} fps`,
    });
  }
  return rows;
}

async function measureSockets(pair: Pair, viewers: SocketViewers, seconds: number): Promise<Stretch> {
  const { streamer, host } = pair.scene;
  await Promise.all([streamer.frames(), host.sent()]);
  await viewers.read();
  const load = await measureLoad(pair, seconds);
  const { bytes, frames } = await viewers.read();
  const sentAt = new Map((await host.sent()).map(({ frameIndex, at }) => [frameIndex, at]));
  const delays = (await streamer.frames()).flatMap(({ frameIndex, number }) => {
    const [from, to] = [sentAt.get(frameIndex), frames.get(number)];
    return from === undefined || to === undefined ? [] : [to - from];
  });
  return { ...load, gigabitsPerSecond: (bytes * 8) / 1e9 / seconds, delays };
}

/** The bits are those sent by WebRTC. */
async function measureLoad(pair: Pair, seconds: number): Promise<Omit<Stretch, 'delays'>> {
  const slices: Slice[] = [];
  for (let second = 0; second < seconds; second += SLICE_SECONDS) slices.push(await measureSlice(pair));
  const middle = (of: (slice: Slice) => number) => percentile(slices.map(of), 0.5);
  return {
    streamer: middle(({ streamer }) => streamer),
    serving: middle(({ streamer, unwatched }) => streamer - unwatched),
    server: middle(({ server }) => server),
    gigabitsPerSecond: middle(({ gigabitsPerSecond }) => gigabitsPerSecond),
  };
}

async function measureSlice({ scene: { streamer }, unwatched }: Pair): Promise<Slice> {
  const [before, unwatchedBefore] = await Promise.all([streamer.usage(), unwatched.usage()]);
  const ownBefore = process.cpuUsage();
  const startedAt = now();
  await streamer.orFailed(unwatched.orFailed(sleep(SLICE_SECONDS * 1000)));
  const own = process.cpuUsage(ownBefore);
  const [after, unwatchedAfter] = await Promise.all([streamer.usage(), unwatched.usage()]);
  const seconds = (now() - startedAt) / 1000;
  return {
    streamer: (after.cpuSeconds - before.cpuSeconds) / seconds,
    unwatched: (unwatchedAfter.cpuSeconds - unwatchedBefore.cpuSeconds) / seconds,
    server: (own.user + own.system) / 1e6 / seconds,
    gigabitsPerSecond: ((after.bytesSent - before.bytesSent) * 8) / 1e9 / seconds,
  };
}
