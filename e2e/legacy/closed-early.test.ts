import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { WebSocket } from 'ws';
import { CREDENTIALS } from '../harness/api.ts';
import { launchChromium } from '../harness/chromium.ts';
import { FrontEndPage } from './front-end-page.ts';
import { type OldServer, startOldServer } from './old-server.ts';

// A legacy socket may close at any moment: no stream is left on the server or the host, and the next one streams.

const APP = { app_id: 881448767 };
const INIT = { credentials: CREDENTIALS, host_id: 0, ...APP, width: 640, height: 360, fps: 15, bitrate: 3000 };
/** Before the browser has sent anything of its own, and so early that the kind of host makes no difference. */
const SETTING_UP = ['UpdateApp', 'Launch Streamer', 'WebRtcConfig', 'WebRTC Peer Negotiation'];
const CONNECTING = {
  sunshine: ['"answer"', 'Asking the host', 'Starting the app', 'RTSP handshake', 'Control stream', 'Video stream'],
  // Needs a few seconds between launches.
  wolf: ['Starting the app', 'Control stream'],
  'wolf-2026': ['Asking the host', 'Starting the app', 'RTSP handshake', 'Control stream'],
};

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

for (const like of ['sunshine', 'wolf', 'wolf-2026'] as const) {
  describe(`on a host like ${like}`, () => {
    let server: OldServer;
    before(async () => {
      server = await startOldServer({ like });
      await server.api.pair();
    });
    after(() => server?.close());

    async function open(): Promise<WebSocket> {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/host/stream`);
      await once(socket, 'open');
      return socket;
    }

    for (const how of like === 'sunshine' ? (['close', 'terminate'] as const) : []) {
      test(`a socket that ends by ${how}() while the peer is set up leaves no stream`, async () => {
        const silent = await open();
        silent[how]();
        const hasty = await open();
        hasty.send(JSON.stringify({ AuthenticateAndInit: INIT }));
        hasty[how]();
        await server.untilNothingStreams();
        for (const stage of SETTING_UP) {
          const socket = await open();
          const closed = once(socket, 'close');
          socket.on('message', (data) => String(data).includes(stage) && socket[how]());
          socket.send(JSON.stringify({ AuthenticateAndInit: INIT }));
          await closed;
          await server.untilNothingStreams();
        }
      });
    }

    // Over 20 s on a busy machine: a start for each stage, after each of which nothing may be left, and on some hosts a pause.
    test('a page that closes while the host connects leaves no stream, and the next one streams', async () => {
      const front = await FrontEndPage.open(browser, server.url);
      for (const closeAt of CONNECTING[like]) {
        // An app that the page before left running would be resumed, not started.
        await server.api.call('POST', '/api/host/cancel', { host_id: 0 });
        await front.start({ init: APP, closeAt });
        const { messages } = await front.until('closed', ({ closed }) => closed !== null);
        assert.ok(JSON.stringify(messages.at(-1)).includes(closeAt));
        await server.untilNothingStreams();
      }
      await front.start({ init: APP });
      await front.frames(5);
      await front.close();
      await server.untilNothingStreams();
    });
  });
}
