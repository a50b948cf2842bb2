import { setTimeout as sleep } from 'node:timers/promises';
import { MediaDoor } from '../harness/media-door.ts';
import { Scene } from '../harness/scene.ts';
import { SocketViewers } from '../harness/socket-viewers.ts';
import { percentile, slope } from '../harness/statistics.ts';
import type { Bench, BenchOptions, Row } from '../harness/types.ts';

const BITRATE_KBPS = 20_000;
const COUNTS = [8, 32, 64];
const WEBRTC_COUNTS = [8, 32];
/** CPU seconds per Gbit. */
const BARS = { plain: '<= 0.12', TLS: '<= 0.2' } as const;
/** Joins that are timed: one at a time, into a stream that nobody has just joined. */
const TIMED_JOINS = 6;
const MB = 1024 * 1024;

/** CPU seconds per second of the two processes, and what viewers got meanwhile. */
interface Stretch {
  streamer: number;
  /** The bench's process, which does the server's part and nothing else meanwhile. */
  server: number;
  gigabitsPerSecond: number;
  /** Per frame, ms: from the datagram that completes it leaving the host, to the last viewer having read it. */
  delays: number[];
}

/** What viewers on media sockets cost, plain and with TLS, beside WebRTC viewers of the same stream. */
export const webSocket: Bench = {
  name: 'websocket',
  run: (options) =>
    Scene.run(
      async (scene) => {
        options.progress(`nobody, measuring for ${options.seconds} s`);
        await scene.settle();
        const base = (await measureLoad(scene, options.seconds)).streamer;
        const plain = await onSockets(scene, 'plain', base, options);
        const encrypted = await onSockets(scene, 'TLS', base, options);
        return [...plain, ...encrypted, ...(await onWebRtc(scene, base, options))];
      },
      { bitrateKbps: BITRATE_KBPS },
    ),
};

async function onSockets(
  scene: Scene,
  kind: 'plain' | 'TLS',
  base: number,
  { seconds, progress }: BenchOptions,
): Promise<Row[]> {
  const { streamer } = scene;
  const door = await MediaDoor.open(streamer, kind);
  const viewers = new SocketViewers(streamer, door);
  const rows: Row[] = [];
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
    const stretch = await measureSockets(scene, viewers, seconds);
    memory.push({ x: count, y: (await streamer.memory()) / MB });
    rows.push(cpuRow(`${kind}, ${count} viewers`, kind, stretch, base), delayRow(`${kind}, ${count} viewers`, stretch));
  }
  await viewers.close();
  door.close();
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

function cpuRow(what: string, kind: 'plain' | 'TLS', stretch: Stretch, base: number): Row {
  const { server, streamer, gigabitsPerSecond: gigabits } = stretch;
  const bySending = (streamer - base) / gigabits;
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

async function onWebRtc(scene: Scene, base: number, { seconds, progress }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  let joined = 0;
  for (const count of WEBRTC_COUNTS) {
    progress(`WebRTC: ${count} viewers, measuring for ${seconds} s`);
    const viewers = await scene.addViewers(count - joined);
    joined = count;
    await scene.settle();
    await viewers.framesReceived();
    const { streamer, gigabitsPerSecond: gigabits } = await measureLoad(scene, seconds);
    const fps = ((await viewers.framesReceived()) / seconds).toFixed(0);
    rows.push({
      what: `WebRTC, ${count} viewers: CPU per Gbit`,
      value: (streamer - base) / gigabits,
      unit: 's',
      bar: '',
      note: `whole streamer ${(streamer / gigabits).toFixed(2)}; ${(gigabits * 1000).toFixed(0)} Mbit/s; one received ${fps} fps`,
    });
  }
  return rows;
}

async function measureSockets(scene: Scene, viewers: SocketViewers, seconds: number): Promise<Stretch> {
  const { streamer, host } = scene;
  await Promise.all([streamer.frames(), host.sent()]);
  await viewers.read();
  const load = await measureLoad(scene, seconds);
  const { bytes, frames } = await viewers.read();
  const sentAt = new Map((await host.sent()).map(({ frameIndex, at }) => [frameIndex, at]));
  const delays = (await streamer.frames()).flatMap(({ frameIndex, number }) => {
    const [from, to] = [sentAt.get(frameIndex), frames.get(number)];
    return from === undefined || to === undefined ? [] : [to - from];
  });
  return { ...load, gigabitsPerSecond: (bytes * 8) / 1e9 / seconds, delays };
}

/** The bits are those sent by WebRTC. */
async function measureLoad({ streamer }: Scene, seconds: number): Promise<Omit<Stretch, 'delays'>> {
  const before = await streamer.usage();
  const ownBefore = process.cpuUsage();
  await streamer.orFailed(sleep(seconds * 1000));
  const own = process.cpuUsage(ownBefore);
  const after = await streamer.usage();
  return {
    streamer: (after.cpuSeconds - before.cpuSeconds) / seconds,
    server: (own.user + own.system) / 1e6 / seconds,
    gigabitsPerSecond: ((after.bytesSent - before.bytesSent) * 8) / 1e9 / seconds,
  };
}
