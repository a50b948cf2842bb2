import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { CREDENTIALS } from '../harness/api.ts';
import { launchChromium } from '../harness/chromium.ts';
import { poll } from '../harness/virtual-host.ts';
import { FrontEndPage } from './front-end-page.ts';
import * as messages from './input-messages.ts';
import { type OldServer, startOldServer } from './old-server.ts';

// Another legacy front end, written only from protocol/4, with habits of its own.

const DESKTOP = 881448767;
const HOST_STAGES = ['Asking the host', 'Starting the app', 'RTSP handshake', 'Control stream', 'Video stream'];

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

for (const like of ['sunshine', 'wolf'] as const) {
  describe(`on a host like ${like}`, () => {
    let server: OldServer;
    let front: FrontEndPage;
    let starts = 0;

    before(async () => {
      server = await startOldServer(
        { like, pin: null },
        { MOONSHARE_PATH_PREFIX: '/old', MOONSHARE_HOSTS: null, MOONLIGHT_INTERNAL_PAIRING_PIN: null },
      );
      // As people type it, without a trailing slash.
      front = await FrontEndPage.open(browser, server.url, 'not the credentials');
    });
    after(() => server?.close());
    // A failed test does not take the others down.
    afterEach(async () => {
      if (!front.page.isClosed()) await front.closeStream();
      await server.untilNothingStreams();
      const { app } = await server.host.state();
      if (app !== null) await server.host.endApp();
      starts = (await server.host.state()).appStarts;
    });

    const stream = { init: { app_id: DESKTOP } };

    test('it finds its path prefix, and wrong credentials get 401', async () => {
      assert.ok(server.url.endsWith('/old'));
      assert.equal(front.page.url(), `${server.url}/`);
      for (const credentials of ['wrong', '', 'odd: ünd "so" %20', 'x'.repeat(4000)]) {
        // An invalid header value never leaves the browser.
        const status = await front.call('login', credentials).catch((error: Error) => error.name);
        assert.ok(status === 401 || status === 'Error', `${credentials}: ${status}`);
      }
      assert.equal(await front.call('login', CREDENTIALS), 200);
    });

    test('it adds a host, pairs it line by line, and lists its apps', async () => {
      assert.deepEqual(await front.call('hosts'), []);
      const added = await front.call<Record<string, unknown>>('addHost', ' 127.0.0.1', String(server.host.httpPort));
      assert.deepEqual([added.host_id, added.paired, added.server_state], [0, 'NotPaired', 'Free']);
      const pairing = front.page.evaluate<{ second: { Paired: unknown }; isEnd: boolean }>(
        'api.pair("0", (pin) => { window.pin = pin; })',
      );
      await front.page.waitForFunction('window.pin !== undefined');
      await server.host.typePin(await front.page.evaluate('window.pin'));
      const { second, isEnd } = await pairing;
      assert.equal(isEnd, true);
      assert.deepEqual(second.Paired, { ...added, paired: 'Paired' });
      for (const force_refresh of ['true', '1', 'false', '0', '']) {
        assert.deepEqual(await front.call('host', { host_id: 0, force_refresh }), second.Paired);
      }
      const apps = await front.call<{ app_id: number; title: string }[]>('apps', 0);
      assert.deepEqual(
        apps.map(({ title }) => title),
        ['Desktop', 'Test Game'],
      );
      // Sunshine has pictures of its own; Wolf has none.
      for (const { app_id } of apps) assert.deepEqual(await front.call('image', 0, app_id), ['image/png', true]);
    });

    for (const mice of ['one', 'split'] as const) {
      test(`it streams in the documented order, with ${mice === 'one' ? 'one channel' : 'three channels'} for the mouse and 16 pads`, async () => {
        await front.start({ ...stream, mice, pads: 16 });
        const numbers = await front.frames(20);
        assert.ok(numbers.at(-1)! > numbers[0]!, JSON.stringify(numbers));
        const seen = await front.until('all of it', ({ states }) => states.includes('connected'));
        const all = (await front.words()).filter((what) => what !== 'candidate');
        // Either offer may be answered when the host's stages are on their way.
        assert.ok(all.indexOf('answer') >= 6, JSON.stringify(all));
        const words = all.filter((what) => what !== 'answer');
        assert.equal(all.length - words.length, 2);
        assert.deepEqual(words.slice(0, 6), [
          'UpdateApp',
          'StageComplete Launch Streamer',
          'StageStarting Setup WebRTC Peer',
          'WebRtcConfig',
          'StageComplete Setup WebRTC Peer',
          'StageStarting WebRTC Peer Negotiation',
        ]);
        const stages = words.slice(6).filter((what) => what.startsWith('Stage') && !what.includes('turn on the host'));
        const pairs = HOST_STAGES.flatMap((stage) => [`StageStarting ${stage}`, `StageComplete ${stage}`]);
        // For seconds after an app ended by itself a Wolf may send no picture to the next (protocol/1 §8.8): then there is one more attempt.
        const retry = stages.findIndex((what) => what.includes('No picture arrived'));
        if (like === 'wolf' && retry >= 0) stages.splice(retry);
        assert.deepEqual(stages, pairs);
        assert.deepEqual(
          words
            .filter((what) => !what.startsWith('Stage'))
            .slice(-2)
            .sort(),
          ['ConnectionComplete', 'offer'],
        );
        assert.deepEqual(seen.messages[0], {
          UpdateApp: { app: { app_id: DESKTOP, title: 'Desktop', is_hdr_supported: false } },
        });
        assert.deepEqual(
          seen.messages.find((message) => JSON.stringify(message).includes('ConnectionComplete')),
          { ConnectionComplete: { capabilities: { touch: true }, width: 640, height: 360 } },
        );
        const { sdp } = seen.descriptions.find(({ ty }) => ty === 'offer')!;
        assert.equal([...sdp.matchAll(/^a=msid:\S+ \S+/gm)].length, 2);
        assert.deepEqual(seen.tracks, ['video 1', 'audio 1']);
        assert.deepEqual(
          seen.sent.filter((what) => what !== 'AddIceCandidate'),
          ['AuthenticateAndInit', 'offer', 'offer', 'answer'],
        );
        assert.deepEqual([seen.serverChannels, seen.general, seen.errors], [['general'], [], []]);
        assert.ok(seen.messages.every((message) => !JSON.stringify(message).includes('"candidate":""')));

        await everyInputArrives(server, front, { mice, like });
        assert.deepEqual((await front.seen()).errors, []);
      });
    }

    test('it quits with POST /api/host/cancel, from another tab too', async () => {
      await front.start(stream);
      await front.frames(3);
      assert.equal(await front.call('cancel', '0'), true);
      const seen = await front.until('closed', ({ closed }) => closed !== null);
      assert.equal(seen.messages.at(-1), 'PeerDisconnect');
      await server.untilNothingRuns();
      assert.equal(await front.call('cancel', 0), true);
    });

    test('a failed peer and a closed tab each end the stream and leave the app running', async () => {
      await front.start(stream);
      await front.frames(3);
      await front.page.evaluate('stream.closePeer()');
      await server.untilNothingStreams();
      const tab = await FrontEndPage.open(browser, server.url);
      await tab.start(stream);
      await tab.frames(3);
      await tab.close();
      await server.untilNothingStreams();
      const { app, appStarts } = await server.host.state();
      assert.notEqual(app, null);
      assert.equal(appStarts - starts, 1);
    });

    test('the end of the app is reported on the socket and on the data channel, once', async () => {
      await front.start(stream);
      await front.frames(3);
      await server.host.endApp();
      const seen = await front.until('closed', ({ closed }) => closed !== null);
      assert.deepEqual([seen.errors, seen.general], [['ConnectionTerminated'], ['ConnectionTerminated']]);
      assert.deepEqual(seen.messages.at(-1), { ConnectionTerminated: { error_code: 0 } });
      await server.untilNothingRuns();
    });

    test('it removes the host, and has thrown no error all along', async () => {
      assert.equal(await front.call('removeHost', 0), 200);
      assert.deepEqual(await front.call('hosts'), []);
      await front.close();
    });
  });
}

/** Sends one message of each kind in protocol/4 §5 and finds it at the host; a rumble comes back. A Wolf gets whole notches. */
async function everyInputArrives(
  server: OldServer,
  front: FrontEndPage,
  { mice, like }: { mice: 'one' | 'split'; like: 'sunshine' | 'wolf' },
): Promise<void> {
  const since = (await server.host.input()).at(-1)?.sequence ?? 0;
  // biome-ignore lint/suspicious/noExplicitAny: events of many kinds.
  const fresh = (all: any[]) => all.filter(({ sequence }) => sequence > since);
  const mouse = (split: string) => (mice === 'one' ? 'mouse' : split);
  await front.send(mouse('mouseAbsolute'), messages.position(320, 180, 640, 360));
  await front.send(mouse('mouseClicks'), messages.button(3, true));
  await front.send(mouse('mouseClicks'), messages.button(3, false));
  await front.send(mouse('mouseClicks'), messages.wheelPixels(0, -240));
  await front.send(mouse('mouseClicks'), messages.wheelNotches(0, 1));
  await front.send(mouse('mouseRelative'), messages.move(5, -7));
  await front.send('keyboard', messages.key(0x41, true, 1));
  await front.send('keyboard', messages.key(0x41, false, 1));
  await front.send('keyboard', messages.text('é€', 2));
  await front.send('touch', messages.touch('down', 7, 0.5, 0.25));
  await front.send('touch', messages.touch('up', 7, 0.5, 0.25, 28));
  await front.send('controllers', messages.addPad(5, 0x3fffff, 3));
  // The channel does not resend a lost state (protocol/4 §5): front ends repeat it until it has arrived.
  await poll(
    'the pad on the host',
    async () => {
      await front.send('controller5', messages.pad({ buttons: 0x1000, leftTrigger: 255, leftX: -32768, leftY: 32767 }));
      return fresh(await server.host.input());
    },
    (input) => input.some(({ pressed }) => pressed?.length > 0),
  );
  await front.until('rumble', ({ felt }) => felt.length >= 2);
  await front.send('controllers', messages.removePad(5));
  const all = fresh(
    await server.host.untilInput('all kinds', (input) => fresh(input).some(({ activeMask }) => activeMask === 0)),
  );
  const fieldsOf = (kind: string, ...fields: string[]) =>
    all.filter((event) => event.kind === kind).map((event) => fields.map((field) => event[field]));

  assert.deepEqual(fieldsOf('mousePosition', 'x', 'y', 'width', 'height'), [[320, 180, 640, 360]]);
  assert.deepEqual(
    [fieldsOf('mouseDown', 'buttonName'), fieldsOf('mouseUp', 'buttonName')],
    [[['right']], [['right']]],
  );
  const steps = fieldsOf('scroll', 'amount').flat();
  assert.deepEqual(steps, like === 'sunshine' ? [-288, 120] : [-120, -120, 120]);
  assert.deepEqual(fieldsOf('mouseMove', 'dx', 'dy'), [[5, -7]]);
  // Modifiers in a message become keys at the host.
  assert.deepEqual(fieldsOf('keyDown', 'key'), [['Shift'], ['A']]);
  assert.deepEqual(fieldsOf('keyUp', 'key').toSorted(), [['A'], ['Shift']]);
  assert.equal(fieldsOf('text', 'text').flat().join(''), 'é€');
  assert.deepEqual(fieldsOf('touch', 'event', 'x', 'y', 'rotation'), [
    ['down', 0.5, 0.25, 90],
    ['up', 0.5, 0.25, 90],
  ]);
  assert.deepEqual(fieldsOf('controllerArrival', 'number', 'capabilities'), [[0, 3]]);
  const states = fieldsOf('controllerState', 'pressed', 'leftTrigger', 'leftX', 'leftY', 'activeMask');
  const held = states.filter(([pressed]) => pressed.length > 0);
  assert.ok(held.length > 0);
  for (const state of held) assert.deepEqual(state, [['a'], 255, -32768, 32767, 1]);
  // The virtual host rumbles the pad for a while when A is pressed; here the pad has the front end's own number.
  const [start, stop] = ['0 5 128 0 64 0', '0 5 0 0 0 0'];
  const felt = (await front.seen()).felt.map((bytes) => bytes.join(' '));
  // Removing the pad may stop it once more.
  assert.deepEqual([felt[0], felt.at(-1), new Set(felt)], [start, stop, new Set([start, stop])]);
}
