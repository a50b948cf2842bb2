import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransportKind } from '@moonshare/contract';
import { loadConfig, MoonshareServer } from '@moonshare/server';
import { findFreeBasePort } from '@moonshare/virtual-host';
import pino from 'pino';
import type { Browser } from 'playwright-core';
import { Api, CREDENTIALS } from '../../e2e/harness/api.ts';
import { buildWeb } from '../../e2e/harness/build-web.ts';
import { launchChromium } from '../../e2e/harness/chromium.ts';
import { nextFrames } from '../../e2e/harness/frames.ts';
import { someUdpPorts } from '../../e2e/harness/stack.ts';
import { ViewerPage } from '../../e2e/harness/viewer-page.ts';
import { Child } from '../harness/child.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench, Row } from '../harness/types.ts';
import type { DrawnPicture } from '../host/drawn-main.ts';

const PIN = '4711';
const STREAMER = 'glass';
const FPS = 60;
const PICTURE = { width: 1280, height: 720, fps: FPS, bitrate: 10_000 };
/** How long a page plays before it is measured, so that its buffers have settled. */
const SETTLE_MS = 3_000;
const TRANSPORTS: readonly TransportKind[] = ['webrtc', 'websocket'];

/** From drawing a picture on the host to showing it in Chromium, over each transport: encoding, our part, decoding and display. */
export const glassToGlass: Bench = {
  name: 'glass-to-glass',
  run: async ({ seconds, progress }) => {
    await buildWeb();
    const host = await startHost();
    const data = await mkdtemp(join(tmpdir(), 'moonshare-bench-'));
    const server = await startServer(host.httpPort, data);
    const browser = await launchChromium();
    try {
      const api = new Api(server.url);
      await api.pair();
      await api.createStreamer(STREAMER, PICTURE);
      const rows: Row[] = [];
      for (const transport of TRANSPORTS) {
        progress(`${transport}, measuring for ${seconds} s`);
        const link = new URL(await server.link(STREAMER, 'full'));
        link.searchParams.set('transport', transport);
        rows.push(row(transport, await measure(browser, link.href, host.child, seconds)));
      }
      return rows;
    } finally {
      await browser.close();
      await server.close();
      await host.child.end('SIGTERM');
      await rm(data, { recursive: true });
    }
  },
};

async function startHost(): Promise<{ child: Child; httpPort: number }> {
  const up = Promise.withResolvers<{ httpPort: number }>();
  const args = [String(await findFreeBasePort()), PIN];
  const child = new Child(new URL('../host/drawn-main.ts', import.meta.url), { args }, up.resolve);
  return { child, httpPort: (await child.orFailed(up.promise)).httpPort };
}

function startServer(hostPort: number, data: string): Promise<MoonshareServer> {
  const config = loadConfig({
    PORT: '0',
    MOONSHARE_CREDENTIALS: CREDENTIALS,
    MOONSHARE_DATA: data,
    MOONSHARE_HOSTS: `127.0.0.1:${hostPort}`,
    MOONSHARE_UDP_PORTS: someUdpPorts(),
    MOONSHARE_LOG_LEVEL: 'silent',
    MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
  });
  return MoonshareServer.start({ config, log: pino({ level: 'silent' }) });
}

interface Measured {
  /** Per picture, ms. */
  delays: number[];
  /** Drawn while it was measured, and not shown. */
  missing: number;
}

async function measure(browser: Browser, link: string, host: Child, seconds: number): Promise<Measured> {
  const viewer = await ViewerPage.open(browser, link);
  try {
    await viewer.frames(1);
    await host.orFailed(sleep(SETTLE_MS));
    await host.ask('drawn');
    const shown = await nextFrames(viewer.page, seconds * FPS);
    const drawnAt = new Map((await host.ask<DrawnPicture[]>('drawn')).map(({ number, at }) => [number, at]));
    const both = shown.filter(({ number }) => number !== null && drawnAt.has(number));
    const numbers = both.map(({ number }) => number!);
    return {
      delays: both.map(({ number, shownAt }) => shownAt - drawnAt.get(number!)!),
      missing: numbers.at(-1)! - numbers[0]! + 1 - new Set(numbers).size,
    };
  } finally {
    await viewer.close();
  }
}

function row(transport: TransportKind, { delays, missing }: Measured): Row {
  return {
    what: `glass to glass, ${transport === 'webrtc' ? 'WebRTC' : 'WebSocket'}`,
    value: percentile(delays, 0.5),
    unit: 'ms',
    bar: '',
    note: `p99 ${percentile(delays, 0.99).toFixed(0)} ms; ${delays.length} pictures, ${missing} others not shown`,
  };
}
