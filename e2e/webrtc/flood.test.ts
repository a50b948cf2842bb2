// Runs alone: a flooder without CPU time does not flood, and the memory of the process is measured.
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BudgetAccounts, VIEWER_ALLOWANCES } from '@moonshare/contract';
import { createWebRtcEngine, type WebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { freshAccount } from '../../packages/streamer/webrtc/testing/fresh-account.ts';
import {
  liveViewer,
  nack,
  picture,
  REPORT,
  show,
  videoSsrc,
} from '../../packages/streamer/webrtc/testing/joined-viewer.ts';
import { FORMAT } from '../../packages/streamer/webrtc/testing/playback.ts';
import type { FloodKind } from '../harness/flood/floods.ts';
import { Flooder } from './flooder.ts';

/** Times 200 packets or messages: about a second or more at line rate. */
const TURNS = 400;
/** Of the process: four floods of 80 000 packets once took half a gigabyte. */
const MAX_GROWTH = 96 * 1024 * 1024;
const FRAME_MS = 16;

/** The most that an allowance lets through in this time. */
function allowed(what: keyof typeof VIEWER_ALLOWANCES, ms: number): number {
  const { burst, perSecond } = VIEWER_ALLOWANCES[what];
  return burst + (ms / 1000) * perSecond;
}

describe('viewers that flood', () => {
  let engine: WebRtcEngine;

  before(async () => {
    engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 16 });
    engine.setFormat(FORMAT);
  });
  after(() => engine.close());

  /** Floods, and starts over if the flooder's own side fails; returns all flooders. */
  async function flooders(t: TestContext, kind: FloodKind): Promise<Flooder[]> {
    const all: Flooder[] = [];
    for (let end = 'failed'; end === 'failed'; ) {
      const flooder = await Flooder.join(t, engine, { role: 'watch', account: freshAccount() });
      all.push(flooder);
      end = await flooder.flood(kind, TURNS);
      t.signal.throwIfAborted();
    }
    return all;
  }

  for (const kinds of [
    ['plis', 'plis', 'plis', 'plis'],
    ['nacks', 'messages', 'large messages', 'channels'],
  ] as const satisfies FloodKind[][]) {
    it(`are closed without affecting others: ${kinds.join(', ')}`, async (t) => {
      const real = await Promise.all([liveViewer(t, engine), liveViewer(t, engine)]);
      const resident = process.memoryUsage.rss();
      let highest = resident;
      const since = performance.now();
      const viewers = real.map(({ viewer }) => viewer);
      const stream = setInterval(() => {
        engine.sendVideo(picture(), viewers);
        highest = Math.max(highest, process.memoryUsage.rss());
      }, FRAME_MS);
      t.after(() => clearInterval(stream));
      const flooded = await Promise.all(kinds.map((kind) => flooders(t, kind)));
      // Once these show a picture, everything queued before has been read.
      for (const viewer of real) await show(engine, viewer);
      const ms = performance.now() - since;
      for (const [n, all] of flooded.entries()) assert.equal(all.at(-1)!.closedWith, 'RATE_LIMITED', kinds[n]);
      for (const flooder of flooded.flat()) {
        assert.equal(flooder.inputs, 0, 'of a watcher');
        const { plis_received, nacks_received } = flooder.viewer.stats();
        assert.ok(plis_received + nacks_received <= allowed('rtcpParts', ms), `${plis_received} PLIs in ${ms} ms`);
      }
      for (const { viewer } of real) {
        const { state, frames_dropped } = viewer.stats();
        assert.deepEqual({ state, frames_dropped }, { state: 'connected', frames_dropped: 0 });
      }
      assert.ok(highest - resident < MAX_GROWTH, `${resident} bytes became ${highest}`);
    });
  }

  it('that make others seem silent do not get them closed, only their input released', async (t) => {
    const clock = { aheadMs: 0 };
    const now = performance.now.bind(performance);
    t.mock.method(performance, 'now', () => now() + clock.aheadMs);
    const real = await liveViewer(t, engine);
    const { viewer, events: viewerEvents, peer } = real;
    const events: string[] = [];
    viewerEvents.on('silent', () => events.push('silent'));
    viewerEvents.on('closed', (error) => events.push(error?.code ?? 'closed'));
    peer.sendRtcp(REPORT);
    peer.sendRtcp(nack(videoSsrc(real), 0));
    await until(t, () => viewer.stats().nacks_received === 1);
    // A flooded port loses everyone's reports: nothing arrives from this viewer any more.
    clock.aheadMs += 5_000;
    await flooders(t, 'plis');
    clock.aheadMs += 4_000;
    await until(t, () => events.length > 0);
    assert.deepEqual(events, ['silent']);
    // The flood is over: a viewer that stays silent now is gone.
    clock.aheadMs += 7_000;
    await until(t, () => events.length > 1);
    assert.deepEqual(events, ['silent', 'VIEWER_SILENT']);
  });

  it('that come back continue with the same budget', async (t) => {
    const accounts = new BudgetAccounts(VIEWER_ALLOWANCES);
    const owners = ['address:192.0.2.1'];
    let [messages, closed] = [0, 0];
    const since = performance.now();
    while (closed < 3) {
      t.signal.throwIfAborted();
      const account = accounts.open(owners, performance.now());
      const flooder = await Flooder.join(t, engine, { role: 'full', account });
      await flooder.flood('messages', TURNS);
      if (flooder.closedWith === 'RATE_LIMITED') closed += 1;
      flooder.viewer.close(null);
      accounts.close(account, owners, performance.now());
      messages += flooder.inputs;
    }
    assert.ok(messages <= allowed('messages', performance.now() - since), `${messages} messages`);
  });
});

async function until(t: TestContext, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    t.signal.throwIfAborted();
    await turn();
  }
}
