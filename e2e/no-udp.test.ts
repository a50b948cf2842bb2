import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StreamerDetail } from '@moonshare/contract';
import { createHostIdentity } from '@moonshare/gamestream';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

/** How long the server waits for a peer connection: a tenth of the real limit, as none will be made. */
const CONNECT_LIMIT_MS = 2_000;
/** The native stack has a TCP port for media too, which firewalls that let in nothing but HTTPS close as well. */
const WITHOUT_TCP = { MOONSHARE_WEBRTC_STACK: 'node-datachannel' };

test('a browser that UDP cannot reach, and that may use no WebSocket, sees and types over the TCP port of its streamer', async () => {
  await buildWeb();
  const stack = await Stack.start({}, { environment: { MOONSHARE_WEBRTC_STACK: 'native' } });
  const walled = await launchChromium('--webrtc-ip-handling-policy=disable_non_proxied_udp');
  try {
    await stack.api.createStreamer('walled');
    const outsider = await ViewerPage.open(walled, await stack.link('walled'), { transport: 'webrtc' });
    const numbers = await outsider.frames(30);
    assert.ok(numbers.at(-1)! > numbers[0]!, `${numbers}`);
    await outsider.takeControl();
    await outsider.page.keyboard.down('w');
    await stack.host.until('W held', ({ heldKeyNames }) => heldKeyNames.join() === 'W');
    await outsider.close();
    await stack.host.until('nothing held', ({ heldKeyNames }) => heldKeyNames.length === 0);
  } finally {
    await walled.close();
    await stack.close();
  }
});

test('a browser that UDP cannot reach, and that may use no WebSocket, is told so and keeps trying', async () => {
  await buildWeb();
  const stack = await Stack.start({}, { connectLimitMs: CONNECT_LIMIT_MS, environment: WITHOUT_TCP });
  const walled = await launchChromium('--webrtc-ip-handling-policy=disable_non_proxied_udp');
  try {
    await stack.api.createStreamer('walled');
    const outsider = await ViewerPage.open(walled, await stack.link('walled'), { transport: 'webrtc' });
    await outsider.says(/UDP does not get through.* Retrying automatically/);
    await outsider.close();
  } finally {
    await walled.close();
    await stack.close();
  }
});

test('a browser that UDP cannot reach sees and types over the HTTPS of the server itself, until it is removed', async () => {
  await buildWeb();
  const directory = await mkdtemp(join(tmpdir(), 'moonshare-https-'));
  const [MOONSHARE_TLS_CERT, MOONSHARE_TLS_KEY] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const { certificate, privateKey } = await createHostIdentity('localhost');
  await Promise.all([writeFile(MOONSHARE_TLS_CERT, certificate), writeFile(MOONSHARE_TLS_KEY, privateKey)]);
  // For the calls of this test; nobody has signed the certificate.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const stack = await Stack.start({}, { environment: { MOONSHARE_TLS_CERT, MOONSHARE_TLS_KEY, ...WITHOUT_TCP } });
  const walled = await launchChromium(
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--ignore-certificate-errors',
  );
  try {
    await stack.api.createStreamer('walled');
    const outsider = await ViewerPage.open(walled, await stack.link('walled'));
    const numbers = await outsider.frames(5);
    assert.ok(numbers.at(-1)! > numbers[0]!, `${numbers}`);
    await outsider.takeControl();
    await outsider.page.keyboard.down('w');
    await stack.host.until('W held', ({ heldKeyNames }) => heldKeyNames.join() === 'W');
    const { statistics } = await stack.api.call<StreamerDetail>('GET', '/api/streamers/walled');
    const [viewer] = statistics!.viewers;
    assert.equal(viewer!.transport, 'websocket');
    await stack.api.call('DELETE', `/api/streamers/walled/peers/${viewer!.peer_id}`);
    await outsider.says(/You were disconnected/);
    await stack.host.until('nothing held', ({ heldKeyNames }) => heldKeyNames.length === 0);
    await outsider.close();
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    await walled.close();
    await stack.close();
    await rm(directory, { recursive: true, force: true });
  }
});
