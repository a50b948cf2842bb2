import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { StreamerInfo } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { CREDENTIALS } from '../harness/api.ts';
import { launchChromium } from '../harness/chromium.ts';
import { poll } from '../harness/virtual-host.ts';
import { type BearerProxy, startBearerProxy } from './bearer-proxy.ts';
import { FrontEndPage, type StreamOptions } from './front-end-page.ts';
import * as messages from './input-messages.ts';
import { type OldServer, startOldServer } from './old-server.ts';

// Front ends of both kinds on the peer WebSocket of protocol/4 §4, directly and through a platform's proxy.

const ID = 'agent-ses_01k9';
const path = `/streamers/${ID}/peer`;
/** What the agent platform posts, protocol/4 §2, with a small picture. */
const BODY = {
  streamer_id: ID,
  client_unique_id: 'helix-agent-ses_01k9',
  host_id: 0,
  app_id: 881448767,
  bitrate: 20_000,
  packet_size: 1024,
  fps: 15,
  width: 640,
  height: 360,
  video_sample_queue_size: 10,
  play_audio_local: false,
  audio_sample_queue_size: 10,
  video_supported_formats: 1,
  video_colorspace: 'Rec709',
  video_color_range_full: false,
};

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

for (const like of ['sunshine', 'wolf', 'wolf-2026'] as const) {
  describe(`a streamer on a host like ${like}`, () => {
    let server: OldServer;
    let proxy: BearerProxy;
    /** A page for all streams of each way. */
    let pages: Record<'proxy' | 'none', FrontEndPage>;

    before(async () => {
      server = await startOldServer({ like });
      proxy = await startBearerProxy(server.url, CREDENTIALS);
      const { apps } = await server.api.call<{ apps: { app_id: number }[] }>('GET', '/api/apps?host_id=0');
      assert.ok(apps.some(({ app_id }) => app_id === BODY.app_id));
      await server.api.call('POST', '/api/streamers', BODY);
      pages = {
        proxy: await FrontEndPage.open(browser, proxy.url),
        none: await FrontEndPage.open(browser, server.url),
      };
    });
    after(async () => {
      for (const page of Object.values(pages ?? {})) await page.close();
      proxy?.close();
      await server?.close();
    });

    // On a busy machine our offer may come before its second one, and is then repeated.
    const OFFERS_TWICE = /^answer (.* )?answer\b.*$/;
    const ways: [name: string, through: 'proxy' | 'none', options: StreamOptions, descriptions: RegExp][] = [
      ['offers twice, with credentials', 'none', { authenticates: true }, OFFERS_TWICE],
      ['offers twice, behind the proxy', 'proxy', { authenticates: false }, OFFERS_TWICE],
      [
        'waits for an offer, with credentials and meaningless settings',
        'none',
        { offers: 'never', init: { host_id: 9, app_id: 'none', bitrate: -1 } },
        /^offer$/,
      ],
      ['waits for an offer, behind the proxy', 'proxy', { authenticates: false, offers: 'never' }, /^offer$/],
      ['waits for an offer, behind the proxy, and sends credentials anyway', 'proxy', { offers: 'never' }, /^offer$/],
      [
        "offers late and yields to the server's crossing offer",
        'proxy',
        { authenticates: false, offers: 'late' },
        /^offer answer$/,
      ],
      [
        'offers late and insists on its own offer',
        'proxy',
        { authenticates: false, offers: 'own' },
        /^offer answer offer$/,
      ],
    ];
    for (const [name, through, options, descriptions] of ways)
      test(`a front end that ${name} sees the picture and types`, async (context) => {
        const front = pages[through];
        context.after(() => front.closeStream());
        await front.start({ path, ...options });
        const numbers = await front.frames(10);
        assert.ok(numbers.at(-1)! > numbers[0]!, JSON.stringify(numbers));
        const seen = await front.until('connected', ({ states }) => states.includes('connected'));
        // A late joiner is told what the first one was told.
        assert.deepEqual(seen.messages.slice(0, 3), [
          { WebRtcConfig: { ice_servers: [] } },
          { UpdateApp: { app: { app_id: BODY.app_id, title: 'Desktop', is_hdr_supported: false } } },
          { ConnectionComplete: { capabilities: { touch: true }, width: 640, height: 360 } },
        ]);
        assert.match(seen.descriptions.map(({ ty }) => ty).join(' '), descriptions);
        assert.deepEqual([seen.errors, seen.tracks], [[], ['video 1', 'audio 1']]);
        const since = (await server.host.input()).at(-1)?.sequence ?? 0;
        await front.send('keyboard', messages.key(0x42, true));
        await front.send('keyboard', messages.key(0x42, false));
        await server.host.untilInput('the key', (all) =>
          all.some(({ sequence, kind, key }) => sequence > since && kind === 'keyUp' && key === 'B'),
        );
      });

    const info = async () =>
      (await server.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers')).streamers.find(
        ({ streamer_id }) => streamer_id === ID,
      )!;

    test('the list counts viewers, the stream survives without any, and all are told when the app ends', async () => {
      const created = (await info()).created_at;
      await poll('nobody', info, ({ connected_peers }) => connected_peers === 0);
      for (const [through, offers] of [
        ['proxy', 'twice'],
        ['none', 'never'],
      ] as const) {
        await pages[through].start({ path, offers });
        await pages[through].frames(3);
      }
      const { status, moonlight_connected, connected_peers, peers, created_at } = await info();
      assert.deepEqual(
        [status, moonlight_connected, connected_peers, peers.length, created_at],
        ['active', true, 2, 2, created],
      );
      await server.host.endApp();
      for (const page of Object.values(pages)) {
        const seen = await page.until('closed', ({ closed }) => closed !== null);
        assert.deepEqual([seen.errors, seen.general], [['ConnectionTerminated'], ['ConnectionTerminated']]);
      }
      assert.deepEqual((await info()).connected_peers, 0);
    });
  });
}
