import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import type { AccessUnit } from '@moonshare/gamestream';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { fingerprint } from '../store.ts';
import { admin, hostState, TestClient, units } from '../testing/client.ts';
import { VideoDecoder } from '../testing/video-decoder.ts';

const PIN = '2468';
let host: VirtualHost;
let client: TestClient;
let other: TestClient;

before(async () => {
  host = await startVirtualHost({
    basePort: await findFreeBasePort(),
    bind: '127.0.0.1',
    pin: PIN,
    runtimeBitrate: true,
  });
  [client, other] = [await TestClient.paired(host, PIN), await TestClient.paired(host, PIN)];
});
// A failed test must not take the next ones down with it.
afterEach(() => client.http.cancel());
after(() => host.close());

/** Looked at with each bitrate. */
const FRAMES = 36;

/** Mean size of the P frames, bytes. */
function meanSize(pictures: AccessUnit[]): number {
  const sizes = pictures.filter(({ keyFrame }) => !keyFrame).map(({ data }) => data.length);
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}

for (const codec of ['h264', 'hevc', 'av1'] as const) {
  test(`${codec}: the frames of a running stream become smaller and larger on request, and all of them decode`, async () => {
    const all: AccessUnit[] = [];
    const stream = await client.stream('launch', { codec, bitrateKbps: 8_000 }, (opening) => {
      opening.on('video', (unit) => all.push(unit));
    });
    const change = async (kbps: number): Promise<AccessUnit[]> => {
      const keyFrame = new Promise<void>((resolve) => stream.on('video', (unit) => unit.keyFrame && resolve()));
      assert.equal(await client.http.setBitrate(kbps), kbps);
      await keyFrame;
      assert.equal((await hostState(host)).sessions[0]!.bitrateKbps, kbps);
      return units(stream, FRAMES);
    };
    const [first, low, high] = [await units(stream, FRAMES), await change(300), await change(8_000)];
    await stream.close();
    const [before, between, after] = [meanSize(first), meanSize(low), meanSize(high)];
    const sizes = `${before}, ${between} and ${after} bytes a frame`;
    assert.ok(between < before * 0.75 && between < after * 0.75, sizes);
    const decoder = await VideoDecoder.open(codec);
    const read = new Set<AccessUnit>();
    for (const unit of all) {
      const [picture, ...more] = await decoder.decode(unit.data);
      assert.deepEqual([picture?.width, picture?.height, more], [640, 360, []]);
      if (picture?.frameNumber === unit.frameIndex) read.add(unit);
    }
    // With few bits, or much motion on a busy machine, single numbers are too coarse to read.
    for (const sharp of [first, high]) assert.ok(sharp.filter((unit) => read.has(unit)).length > FRAMES / 2);
    decoder.close();
    assert.ok(all.every(({ frameIndex }, index) => frameIndex === index + 1));
  });
}

test('only the own stream can be changed, and there has to be one', async () => {
  assert.equal(await client.http.changesBitrate(), true);
  await assert.rejects(client.http.setBitrate(500), { code: 'HOST_REFUSED' });
  const stream = await client.stream('launch');
  await assert.rejects(other.http.setBitrate(500), { code: 'HOST_REFUSED' });
  assert.equal((await hostState(host)).sessions[0]!.bitrateKbps, 5_000);
  // As a host with a limit of its own.
  assert.equal(await client.http.setBitrate(1_000_000), 500_000);
  await stream.close();
});

test('without the option the host knows neither path', async (context) => {
  const plain = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN });
  context.after(() => plain.close());
  const visitor = await TestClient.paired(plain, PIN);
  assert.equal(await visitor.http.changesBitrate(), false);
  const stream = await visitor.stream('launch');
  await assert.rejects(visitor.http.setBitrate(500), { code: 'HOST_CANNOT' });
  assert.equal((await hostState(plain)).sessions[0]!.bitrateKbps, 5_000);
  await stream.close();
});

test('a client that is not paired is refused', async () => {
  const { raw } = new X509Certificate(other.identity.certificate);
  assert.deepEqual((await admin(host, '/unpair', { client: fingerprint(raw) })).body, { unpaired: 1 });
  await assert.rejects(other.http.setBitrate(500), { code: 'HOST_NOT_PAIRED' });
  await assert.rejects(other.http.changesBitrate(), { code: 'HOST_NOT_PAIRED' });
});
