// Chromium in networks that are bad, or in the way: `npm run networks`. Needs root.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../harness/chromium.ts';
import type { ForeignViewer } from './foreign-viewer.ts';
import { chromiumKind } from './kinds.ts';
import { Matrix } from './matrix.ts';
import { RoutedNetwork } from './routed-network.ts';
import { TURN_PORT, TurnServer } from './turn-server.ts';

let network: RoutedNetwork;
let browser: Browser;
let matrix: Matrix;
let turn: TurnServer;

before(async () => {
  network = await RoutedNetwork.create();
  // The certificate of the TURN server is signed by nobody.
  const args = [...CHROMIUM_ARGUMENTS, '--ignore-certificate-errors'];
  [browser, matrix, turn] = await Promise.all([
    chromium.launch({ executablePath: network.wrap(chromiumPath()), args }),
    Matrix.start(network.gateway),
    TurnServer.start(network.gateway),
  ]);
});
after(async () => {
  await browser?.close();
  await matrix?.close();
  await turn?.close();
  network?.close();
});

const forward = (rules: string) => `chain forward { type filter hook forward priority 0; ${rules}; }`;
const nat = (postrouting: string, prerouting = 'accept') => `
  chain postrouting { type nat hook postrouting priority 100; oifname wan ${postrouting}; }
  chain prerouting { type nat hook prerouting priority -100; ${prerouting}; }`;

const letterW = (down: 0 | 1) => Uint8Array.of(0, down, 0, 0, 'W'.charCodeAt(0));

const ourChromium = (options: Parameters<typeof chromiumKind>[1] = {}) =>
  chromiumKind(() => Promise.resolve(browser), options);

/** It keeps getting pictures, and what it types arrives once and in order. */
async function plays(
  options: Parameters<typeof chromiumKind>[1] = {},
  check: (viewer: ForeignViewer) => void = () => {},
) {
  await matrix.play(ourChromium(options), {}, 'viewer', { frames: 60, texts: 10, check });
}

describe('loss both ways', () => {
  for (const percent of [1, 5, 15])
    it(`of ${percent} %`, async () => {
      await network.rule(forward(`meta l4proto udp numgen random mod 100 < ${percent} counter drop`));
      await plays();
      assert.ok((await network.counted()) > 0);
    });
});

describe('a NAT', () => {
  it('that is a full cone', async () => {
    const back = `iifname wan udp dport 1024-65535 ct state new dnat to ${network.inside}`;
    await network.rule(nat(`snat to ${network.outside}`, back));
    await plays();
  });
  it('that is symmetric', async () => {
    await network.rule(nat('masquerade fully-random'));
    await plays();
  });
});

describe('TURN', () => {
  const dropsUdp = `${nat('masquerade')}\n${forward(`udp dport ${TURN_PORT} accept; udp sport ${TURN_PORT} accept; meta l4proto udp drop`)}`;
  for (const way of ['udp', 'tcp', 'tls'] as const)
    it(`over ${way.toUpperCase()}, where other UDP does not get through`, async () => {
      await network.rule(way === 'udp' ? dropsUdp : `${nat('masquerade')}\n${forward('meta l4proto udp drop')}`);
      await plays({ iceServers: [turn.iceServer(way)], onlyRelayed: true }, ({ facts: { path } }) =>
        assert.equal(path?.protocol, way),
      );
    });
});

describe('another address, to which the browser restarts ICE', () => {
  for (const offerer of ['viewer', 'server'] as const)
    it(`goes on without a new connection, and holds what it held, where the ${offerer} has offered`, async () => {
      await network.move('first');
      const viewer = await matrix.join(ourChromium(), {}, offerer);
      try {
        await viewer.frames(10);
        await viewer.send('keyboard', letterW(1));
        await matrix.host.until('W is held', ({ heldKeyNames }) => heldKeyNames.includes('W'));
        const inputs = (await matrix.host.input()).length;
        const before = viewer.facts;
        await network.move('another');
        viewer.restartIce();
        await viewer.until('a path of the restart', (now) => now.generation !== before.generation);
        const now = await viewer.frames(20);
        assert.ok(now.keyFrames! - before.keyFrames! <= 1, `${before.keyFrames} key frames, then ${now.keyFrames}`);
        assert.deepEqual((await matrix.host.input()).slice(inputs), [], 'nothing reaches the host');
        await viewer.send('keyboard', letterW(0));
        await matrix.host.until('W is up', ({ heldKeyNames }) => heldKeyNames.length === 0);
      } finally {
        await viewer.close();
      }
    });
});

describe('a narrow tunnel', () => {
  it('of 1280 bytes', async () => {
    await network.rule(nat('masquerade'));
    await network.mtu(1280);
    try {
      await plays();
    } finally {
      await network.mtu(1500);
    }
  });
  it('of 1280 bytes that tells nobody', async () => {
    await network.rule(`${nat('masquerade')}\n${forward('meta l4proto udp meta length > 1280 counter drop')}`);
    await plays();
  });
});
