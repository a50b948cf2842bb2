import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { DetailedHost, StreamerInfo, UndetailedHost } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../harness/chromium.ts';
import { poll } from '../harness/virtual-host.ts';
import { FrontEndPage } from './front-end-page.ts';
import { type OldServer, startOldServer } from './old-server.ts';

// What a legacy front end left running is there when it returns, and a platform that starts desktops through this socket hands
// them to browsers (protocol/4 §3, "Kickoff"): with real pictures, and on each kind of host whatever has to be resumed there.

const APP = { app_id: 881448767 };
const CLIENT = { ...APP, client_unique_id: 'helix-agent-x' };
const KICKOFF = { ...CLIENT, session_id: 'agent-x-kickoff', mode: 'keepalive' };
const BROWSER = { ...CLIENT, session_id: 'agent-x', mode: 'create' };
const UNSAVED = 'not saved';
/** When a browser joins a kickoff: only in the last case the host is left, and its app resumed. */
const ORDERS = ['before its caller leaves', 'after its caller has left'] as const;

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

for (const like of ['sunshine', 'wolf-2026', 'wolf'] as const) {
  describe(`on a host like ${like}`, () => {
    let server: OldServer;
    /** The browser's page; callers have pages of their own, which close. */
    let page: FrontEndPage;
    let starts = 0;
    before(async () => {
      server = await startOldServer({ like });
      // Several to choose from: a host may tie an app to the certificate that started it.
      for (let i = 0; i < 3; i++) await server.api.pair();
      page = await FrontEndPage.open(browser, server.url);
    });
    after(async () => {
      await page?.close();
      await server?.close();
    });
    afterEach(async () => {
      await page.closeStream();
      await server.api.call('POST', '/api/host/cancel', { host_id: 0 });
      await server.untilNothingRuns();
      starts = (await server.host.state()).appStarts;
    });

    async function kickOff(): Promise<FrontEndPage> {
      const caller = await FrontEndPage.open(browser, server.url);
      await caller.start({ init: KICKOFF });
      return caller;
    }

    const isUp = () =>
      poll(
        'a session that is up',
        () => server.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers'),
        ({ streamers }) => streamers[0]?.status === 'active',
      );

    /** The app was started once, and what was typed there is still there. */
    async function assertSameDesktop(): Promise<void> {
      const { appStarts, runningApps, text } = await server.host.state();
      assert.deepEqual([appStarts - starts, runningApps.length, text], [1, 1, UNSAVED]);
    }

    async function type(): Promise<void> {
      const { streamers } = await isUp();
      const events = [{ kind: 'text', text: UNSAVED }];
      await server.api.call('POST', `/api/streamers/${streamers[0]!.streamer_id}/input`, { events });
      await server.host.until('the text', ({ text }) => text === UNSAVED);
    }

    test('a reloaded page has its desktop back; the host list shows the running app, and cancel ends it', async () => {
      await page.start({ init: APP });
      await page.frames(3);
      await type();
      await page.closeStream();
      await server.untilNothingStreams();
      const listed = async () => (await page.call<UndetailedHost[]>('hosts'))[0]!.server_state;
      const game = async () => (await page.call<DetailedHost>('host', { host_id: 0 })).current_game;
      assert.deepEqual([await listed(), await game()], ['Busy', APP.app_id]);
      await page.start({ init: APP });
      await page.frames(3);

      await page.page.reload();
      await page.page.waitForFunction('window.api !== undefined');
      await page.start({ init: APP });
      await page.frames(3);
      await assertSameDesktop();
      assert.equal(await page.call('cancel', 0), true);
      await poll('a host that is free', listed, (state) => state === 'Free');
      assert.equal(await game(), 0);
    });

    // A browser that joins a stream that runs or starts is between it and the server: one kind of host will do.
    const isFirst = like === 'sunshine';

    for (const order of isFirst ? ORDERS : ORDERS.slice(-1)) {
      test(`kickoff: a browser that joins ${order} gets the desktop`, async () => {
        const caller = await kickOff();
        await type();
        if (order === 'after its caller has left') {
          await caller.close();
          await server.untilNothingStreams();
        }
        await page.start({ init: BROWSER });
        await page.frames(3);
        if (order === 'before its caller leaves') await caller.close();
        await page.frames(3);
        await assertSameDesktop();
        assert.deepEqual((await page.seen()).errors, []);
      });
    }

    for (const patience of isFirst ? (['waits', 'has left'] as const) : []) {
      test(`kickoff: a browser that joins while the host starts the app gets it when the caller ${patience}`, async () => {
        const caller = await kickOff();
        const listed = () => server.api.call<{ streamers: unknown[] }>('GET', '/api/streamers');
        await poll('a session', listed, ({ streamers }) => streamers.length === 1);
        if (patience === 'has left') await caller.close();
        await page.start({ init: BROWSER });
        await page.frames(3);
        if (patience === 'waits') await caller.close();
        await page.frames(3);
        assert.equal((await server.host.state()).appStarts - starts, 1);
        assert.deepEqual((await page.seen()).errors, []);
      });
    }
  });
}
