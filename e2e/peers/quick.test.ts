// Other implementations of WebRTC as viewers of a stream; two of them are browsers (FirefoxPage, launchChromium). `npm run peers` has more, and IPv6.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, QUICK } from './kinds.ts';
import { Matrix } from './matrix.ts';
import { UnreliableRelay } from './unreliable-relay.ts';

let matrix: Matrix;
before(async () => {
  matrix = await Matrix.start();
});
after(() => matrix?.close());

const letterW = (down: 0 | 1) => Uint8Array.of(0, down, 0, 0, 'W'.charCodeAt(0));

it('Chromium: 5 % of all datagrams are lost, 5 % come twice and 5 % late, and all arrives once and in order', async () => {
  const relay = await UnreliableRelay.create(7);
  try {
    await matrix.play(BROWSERS[0]!, { through: relay }, 'viewer', { frames: 30, texts: 5 });
    assert.ok(Object.values(relay.counts).every((count) => count > 0));
  } finally {
    relay.close();
  }
});

for (const kind of QUICK)
  describe(kind.name, () => {
    for (const offerer of ['viewer', 'server'] as const)
      it(`gets picture and sound and sends input over UDP, where the ${offerer} offers`, () =>
        matrix.play(kind, { protocol: 'udp', family: 4 }, offerer));
    if (kind.cannot({ protocol: 'tcp', family: 4 }) === null)
      it('gets picture and sound and sends input over TCP', () =>
        matrix.play(kind, { protocol: 'tcp', family: 4 }, 'viewer'));
    if (BROWSERS.includes(kind))
      for (const offerer of ['viewer', 'server'] as const)
        it(`goes on after a restart of ICE, and holds what it held, where the ${offerer} has offered`, async () => {
          const { host } = matrix;
          const viewer = await matrix.join(kind, {}, offerer);
          try {
            await viewer.frames(10);
            await viewer.send('keyboard', letterW(1));
            await host.until('W is held', ({ heldKeyNames }) => heldKeyNames.includes('W'));
            const from = (await host.input()).length;
            const before = viewer.facts;
            viewer.restartIce();
            await viewer.until('a path of the restart', (now) => now.generation !== before.generation);
            const now = await viewer.frames(20);
            assert.equal(now.state, 'connected');
            // Where we have offered, Chromium makes its decoder anew.
            assert.ok(now.keyFrames! - before.keyFrames! <= 1, `${before.keyFrames} key frames, then ${now.keyFrames}`);
            assert.deepEqual((await host.input()).slice(from), [], 'nothing reaches the host');
            await viewer.send('keyboard', letterW(0));
            await host.until('W is up', ({ heldKeyNames }) => heldKeyNames.length === 0);
          } finally {
            await viewer.close();
          }
        });
  });
