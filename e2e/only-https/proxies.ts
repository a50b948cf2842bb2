// Real browsers in a network from which nothing gets out but TCP to the proxy's port, at a server behind each proxy of the guides.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CreatedLink, StreamerDetail } from '@moonshare/contract';
import { streamersOf } from '../harness/processes.ts';
import type { Stack } from '../harness/stack.ts';
import type { WalledNetwork } from '../harness/walled-network.ts';
import { Place } from './place.ts';
import { BROWSERS, Visitor } from './visitor.ts';

const PROXIES = ['nginx', 'caddy', 'haproxy'] as const;

let place: Place;
let stack: Stack;
let network: WalledNetwork;
const visitors: Record<string, Visitor> = {};
/** Milliseconds. */
const figures: Record<string, Record<string, number>> = {};

before(async () => {
  place = await Place.open();
  ({ stack } = place);
  network = await place.network();
  for (const browser of Object.keys(BROWSERS) as (keyof typeof BROWSERS)[])
    visitors[browser] = await Visitor.start(browser, network);
});
after(async () => {
  for (const visitor of Object.values(visitors)) await visitor.close();
  await place?.close();
  console.table(figures);
});

for (const proxy of PROXIES)
  describe(proxy, () => {
    before(() => place.startProxy(proxy));

    for (const browser of Object.keys(BROWSERS))
      describe(browser, () => {
        // One that dies again and again would be restarted later and later.
        const id = `${proxy}-${browser}`;
        let visitor: Visitor;
        before(async () => {
          visitor = visitors[browser]!;
          await stack.api.createStreamer(id);
        });
        after(() => stack.api.call('DELETE', `/api/streamers/${id}`));

        const note = (what: string, ms: number) => {
          const row = `${browser}, ${proxy}`;
          figures[row] = { ...figures[row], [what]: Math.round(ms) };
        };
        const streamer = () => stack.api.call<StreamerDetail>('GET', `/api/streamers/${id}`);
        const alone = () => stack.host.until('nothing held', ({ heldKeyNames }) => heldKeyNames.length === 0);

        test('shows the picture, plays the sound, and passes on keys and a gamepad', async () => {
          note('first visit', await visitor.visit(await stack.link(id)));
          await visitor.says(/^Live$/m);
          assert.equal((await visitor.statistics())?.transport, 'websocket');
          await visitor.takeControl();
          await visitor.key('w', true);
          await visitor.plugInGamepad(0);
          await stack.host.until('W and A', ({ heldKeyNames, gamepads }) => {
            return heldKeyNames.join() === 'W' && gamepads.some(({ pressed }) => pressed.join() === 'a');
          });
          await visitor.plugInGamepad(null);
          await visitor.hears(0.01);
          const numbers = await visitor.frames(20);
          assert.ok(numbers.at(-1)! > numbers[0]!, numbers.join());
          assert.deepEqual(
            (await streamer()).statistics!.viewers.map(({ transport }) => transport),
            ['websocket'],
          );
        });

        test('has the picture back after `kill -9` of the proxy, and nothing stays down', async () => {
          await place.killProxy();
          await visitor.says(/Retrying|Reconnecting|interrupted/);
          await place.startProxy(proxy);
          const restarted = performance.now();
          await visitor.frames(1);
          await visitor.says(/^Live$/m);
          note('back after the proxy', performance.now() - restarted);
          await visitor.key('w', false);
          await alone();
          await visitor.key('b', true);
          await stack.host.until('B', ({ heldKeyNames }) => heldKeyNames.join() === 'B');
        });

        test('has the picture back after `kill -9` of the streamer', async () => {
          const [pid] = await streamersOf(process.pid);
          const killed = performance.now();
          process.kill(pid!, 'SIGKILL');
          await visitor.says(/stopped unexpectedly/);
          await visitor.says(/^Live$/m);
          await visitor.frames(1);
          note('back after the streamer', performance.now() - killed);
          assert.equal((await visitor.statistics())?.transport, 'websocket');
          await visitor.key('b', false);
          await alone();
        });

        test('shows the picture again when the page is reloaded', async () => {
          note('second visit', await visitor.reload());
          assert.equal((await visitor.statistics())?.transport, 'websocket');
        });

        test('asks for a PIN, lets a watcher only watch, and says when the link is revoked', async () => {
          const link = await stack.api.call<CreatedLink>('POST', `/api/streamers/${id}/links`, {
            role: 'watch',
            pin: '4711',
          });
          await visitor.open(link.url);
          await visitor.enterPin('0000');
          await visitor.says(/Wrong PIN/);
          await visitor.enterPin('4711');
          await visitor.frames(1);
          const before = (await stack.host.input()).length;
          await visitor.click();
          await visitor.key('x', true);
          await visitor.key('x', false);
          await stack.api.call('DELETE', `/api/streamers/${id}/links/${link.id}`);
          await visitor.says(/Your access has ended/);
          assert.deepEqual((await stack.host.input()).slice(before), []);
        });

        test('says that it was disconnected', async () => {
          await visitor.open(await stack.link(id));
          await visitor.frames(1);
          for (const { peer_id } of (await streamer()).peers)
            await stack.api.call('DELETE', `/api/streamers/${id}/peers/${peer_id}`);
          await visitor.says(/You were disconnected/);
        });
      });
  });
