import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VideoFormat } from '@moonshare/contract';
import { until } from '../../packages/server/testing/processes.ts';
import { frameNumber, image, shoot, started } from '../harness/screenshots.ts';

const [WIDTH, HEIGHT] = [640, 360];
/** In the middle of the panel of the first gamepad, and what the virtual host paints there. */
const [PANEL, PANEL_COLOUR] = [{ x: 54, y: 270 }, [0x0d, 0x12, 0x25]] as const;

for (const codec of ['H264', 'HEVC', 'AV1'] as const)
  test(`${codec}: screenshots with nobody watching show what the host draws, each newer than the one before`, async (context) => {
    const server = await started(context, { video_supported_formats: VideoFormat[codec] });
    const numbers = [];
    for (let count = 0; count < 5; count += 1) {
      const shot = await shoot(server, 'a', 'format=png');
      const shown = await image(shot);
      assert.deepEqual([shown.width, shown.height], [WIDTH, HEIGHT]);
      const colour = shown.pixel(PANEL.x, PANEL.y);
      const off = Math.max(...colour.map((value, at) => Math.abs(value - PANEL_COLOUR[at]!)));
      assert.ok(off <= 12, `the panel is ${colour}`);
      numbers.push(frameNumber(shown));
      assert.equal(shot.headers.get('x-moonshare-width'), `${WIDTH}`);
      assert.equal(shot.headers.get('x-moonshare-height'), `${HEIGHT}`);
      assert.ok(Math.abs(Date.now() - Date.parse(shot.headers.get('x-moonshare-time')!)) < 60_000);
      // Another one is drawn 30 times a second.
      const before = numbers.at(-1)!;
      if (count < 4) await until(async () => frameNumber(await image(shoot(server, 'a', 'format=png'))) > before);
    }
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(numbers).size, 5);
  });

test('formats, sizes, regions, age and hash', async (context) => {
  const server = await started(context);
  for (const [format, type] of [
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['webp', 'image/webp'],
  ]) {
    const shot = await shoot(server, 'a', `format=${format}&max_edge=320`);
    assert.equal(shot.headers.get('content-type'), type);
    const shown = await image(shot);
    assert.deepEqual([shown.width, shown.height], [320, 180]);
    assert.equal(shot.headers.get('x-moonshare-scale'), '0.5');
  }
  const part = await shoot(server, 'a', 'format=png&region=16,216,80,70');
  assert.equal(part.headers.get('x-moonshare-region'), '16,216,80,70');
  const cut = await image(part);
  assert.deepEqual([cut.width, cut.height], [80, 70]);

  const first = await shoot(server, 'a', 'format=png');
  const again = await shoot(server, 'a', 'format=png&max_age_ms=60000');
  assert.ok(Number(again.headers.get('x-moonshare-frame')) >= Number(first.headers.get('x-moonshare-frame')));
  const hash = again.headers.get('x-moonshare-hash')!;
  assert.match(hash, /^[\w-]{22}$/);
  const [number, newest] = [frameNumber(await image(first)), frameNumber(await image(again))];
  assert.ok(newest >= number);

  for (const [query, field] of [
    ['region=600,0,41,10', 'region'],
    ['region=0,0,0,10', 'region'],
    ['region=1,2,3', 'region'],
    ['format=gif', 'format'],
    ['quality=0', 'quality'],
    ['max_edge=0', 'max_edge'],
    ['max_edge=9000', 'max_edge'],
    ['timeout_ms=0', 'timeout_ms'],
    ['max_age_ms=-1', 'max_age_ms'],
  ]) {
    const refused = await shoot(server, 'a', query);
    assert.equal(refused.status, 400, query);
    assert.equal(refused.error.code, 'BAD_REQUEST');
    assert.match(refused.error.error, new RegExp(`\\b${field}\\b`));
  }
  assert.equal((await shoot(server, 'nobody')).error.code, 'STREAMER_NOT_FOUND');
});

test('a screenshot is no viewer, and the streamer that ends answers those who wait for one', async (context) => {
  const server = await started(context);
  await image(shoot(server, 'a'));
  await image(shoot(server, 'a'));
  const { body } = await server.call('GET', '/api/streamers/a');
  assert.deepEqual([body.connected_peers, body.peers, body.statistics.viewers], [0, [], []]);
  assert.equal(body.statistics.viewer_totals.joins, 0);
  await server.call('DELETE', '/api/streamers/a');
  assert.equal((await shoot(server, 'a')).error.code, 'STREAMER_NOT_FOUND');
});
