import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig, MoonshareServer } from '@moonshare/server';
import { findFreeBasePort, forkVirtualHost } from '@moonshare/virtual-host';
import pino from 'pino';
import { Api, CREDENTIALS } from '../../e2e/harness/api.ts';
import { someUdpPorts } from '../../e2e/harness/stack.ts';
import { localConnection } from '../../packages/server/local-connection.ts';
import { DecoderProcess } from '../../packages/server/pictures/decoder-process.ts';
import { now } from '../harness/clock.ts';
import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench, BenchOptions, Row } from '../harness/types.ts';

const PIN = '4711';
const STREAMER = 'agent';
const PICTURE = { width: 1920, height: 1080, fps: 60, bitrate: 20_000 };
const VIEWERS = 8;
/** Actions before those that count. */
const WARM_UP = 50;
/** Not a multiple of the frame interval, so that actions fall on all parts of it. */
const EVERY_MS = 13;
/** Of a tap on the bench's own streamer. */
const MEMORY = 768 * 1024 * 1024;
const log = pino({ level: 'silent' });

/** How soon agents see and act, and what that costs viewers. */
export const agent: Bench = {
  name: 'agent',
  run: async (options) => [
    ...(await screenshots(options)),
    ...(await actions(options)),
    ...(await viewersBeside(options)),
  ],
};

/** A server with a stream that nobody watches. `entry`: of its streamers, unless it is the usual one. */
async function serving<T>(work: (url: string, data: string) => Promise<T>, entry?: URL): Promise<T> {
  const host = await forkVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN });
  const data = await mkdtemp(join(tmpdir(), 'moonshare-bench-'));
  const config = loadConfig({
    PORT: '0',
    MOONSHARE_CREDENTIALS: CREDENTIALS,
    MOONSHARE_DATA: data,
    MOONSHARE_HOSTS: `127.0.0.1:${host.httpPort}`,
    MOONSHARE_UDP_PORTS: someUdpPorts(),
    MOONSHARE_LOG_LEVEL: 'silent',
    MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
  });
  const inputs = join(data, 'inputs');
  process.env.BENCH_INPUTS = inputs;
  const streamerEntry = entry === undefined ? {} : { streamerEntry: entry };
  const server = await MoonshareServer.start({ config, log, ...streamerEntry });
  try {
    const api = new Api(server.url);
    await api.pair();
    await api.createStreamer(STREAMER, PICTURE);
    return await work(server.url, inputs);
  } finally {
    await server.close();
    await host.close();
    await rm(data, { recursive: true });
  }
}

/** One after the other, over HTTP, of a stream that nobody else watches. */
function screenshots({ seconds, progress }: BenchOptions): Promise<Row[]> {
  return serving(async (url) => {
    const take = async (query: string): Promise<number> => {
      const began = performance.now();
      const address = `${url}/api/streamers/${STREAMER}/screenshot?${query}`;
      const answer = await fetch(address, { headers: { authorization: `Bearer ${CREDENTIALS}` } });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`A screenshot was answered ${answer.status}`);
      return performance.now() - began;
    };
    progress('the first screenshot, which starts a decoder');
    const cold = await take('');
    const rows: Row[] = [
      { what: 'first screenshot, 1080p', value: cold, unit: 'ms', bar: '', note: 'starts a decoder' },
    ];
    for (const [format, bar] of [
      ['jpeg', '< 60'],
      ['webp', ''],
      ['png', ''],
    ] as const) {
      progress(`${format}, for ${seconds} s`);
      await take(`format=${format}`);
      const times: number[] = [];
      for (const end = performance.now() + seconds * 1000; performance.now() < end; )
        times.push(await take(`format=${format}`));
      rows.push({
        what: `warm screenshot, 1080p to 1568 pixels, ${format}, p50`,
        value: percentile(times, 0.5),
        unit: 'ms',
        bar,
        note: `p99 ${percentile(times, 0.99).toFixed(0)} ms; ${times.length} screenshots, one after the other`,
      });
    }
    return rows;
  });
}

/** From the call for an action until its input has been sent to the host, one after the other. */
function actions({ seconds, progress }: BenchOptions): Promise<Row[]> {
  const entry = new URL('../streamer/agent-main.ts', import.meta.url);
  return serving(async (url, inputs) => {
    const act = async (action: object): Promise<void> => {
      const answer = await fetch(`${url}/api/streamers/${STREAMER}/actions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CREDENTIALS}` },
        body: JSON.stringify({ actions: [action] }),
      });
      if (!answer.ok) throw new Error(`An action was answered ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    };
    // One event of input each.
    const pair = [{ action: 'left_mouse_down' }, { action: 'left_mouse_up' }];
    for (let i = 0; i < WARM_UP; i += 1) await act(pair[i % 2]!);
    await rm(inputs, { force: true });
    progress(`actions, for ${seconds} s`);
    const asked: number[] = [];
    const answered: number[] = [];
    for (const end = now() + seconds * 1000; now() < end || asked.length % 2 === 1; ) {
      const at = now();
      asked.push(at);
      await act(pair[(asked.length - 1) % 2]!);
      answered.push(now() - at);
      await sleep(EVERY_MS);
    }
    const sent = (await readFile(inputs, 'utf8')).trim().split('\n').map(Number);
    if (sent.length !== asked.length) throw new Error(`${asked.length} actions became ${sent.length} messages`);
    const delays = sent.map((at, index) => at - asked[index]!);
    return [
      {
        what: "action to the host's wire, over HTTP, p99",
        value: percentile(delays, 0.99),
        unit: 'ms',
        bar: '< 5',
        note: `p50 ${percentile(delays, 0.5).toFixed(2)} of ${delays.length}; answered after p50 ${percentile(answered, 0.5).toFixed(2)}, p99 ${percentile(answered, 0.99).toFixed(2)}`,
      },
    ];
  }, entry);
}

/** What the streamer adds to each frame for its viewers, without and with a decoder that follows the stream. */
function viewersBeside({ seconds, progress }: BenchOptions): Promise<Row[]> {
  return Scene.run(async (scene) => {
    progress(`${VIEWERS} viewers join`);
    await scene.addViewers(VIEWERS);
    await scene.settle();
    progress(`measuring their delay for ${seconds} s`);
    const without = await scene.measureDelay(seconds);
    const decoder = new DecoderProcess({
      entry: new URL('../../packages/tap/main.ts', import.meta.url),
      cacheDirectory: join(tmpdir(), 'moonshare-bench-compiled'),
      memoryLimit: MEMORY,
      log,
    });
    const exited = once(decoder, 'exit');
    try {
      await once(decoder, 'message');
      const { near, far } = await localConnection((path) => connect(path).pause());
      decoder.send({ type: 'follow', follows: true });
      decoder.send({ type: 'open', stream: 1 }, near);
      const headers = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      };
      scene.streamer.send({ type: 'tapSocket', request: { url: '/', headers }, head: '' }, far);
      const picture = once(decoder, 'message');
      const shown = { format: 'jpeg', quality: 75, maxEdge: 64, region: null } as const;
      decoder.send({ type: 'picture', requestId: 1, maxAgeMs: 0, options: shown });
      await picture;
      progress(`measuring with a decoder for ${seconds} s`);
      const beside = await scene.measureDelay(seconds);
      const p99 = percentile(without.delays, 0.99);
      return [
        { what: `delay of ${VIEWERS} viewers, p99`, value: p99, unit: 'ms', bar: '', note: 'without a decoder' },
        {
          what: `the same, with a decoder that follows the stream`,
          value: percentile(beside.delays, 0.99),
          unit: 'ms',
          bar: '+ < 1',
          note: `${(percentile(beside.delays, 0.99) - p99).toFixed(2)} ms more; p50 ${percentile(without.delays, 0.5).toFixed(2)} and ${percentile(beside.delays, 0.5).toFixed(2)}`,
        },
      ];
    } finally {
      decoder.stop();
      await exited;
    }
  });
}
