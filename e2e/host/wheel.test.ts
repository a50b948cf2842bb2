import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { streamSettingsSchema } from '@moonshare/contract';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { PairedHost, until } from './paired-host.ts';
import { stopAllStreamers, TestStreamer } from './test-streamer.ts';

after(stopAllStreamers);

/** What a touchpad sends: ten times 25 pixels, where a notch is 100. */
const STEPS = Array.from({ length: 10 }, () => ({ kind: 'wheelPixels', dx: 0, dy: 25 }) as const);
/** Once the host has this, it has everything before it. */
const LAST = { kind: 'text', text: '.' } as const;

async function scroll(options: VirtualHostOptions, settings: Record<string, unknown> = {}) {
  const host = await PairedHost.start(options);
  try {
    const small = { width: 640, height: 360, fps: 30, bitrate: 2_000, ...settings };
    const streamer = await TestStreamer.up(host, { settings: streamSettingsSchema.parse(small) });
    streamer.join('a').input(...STEPS, LAST);
    const { wheel } = await until(
      () => host.state(),
      ({ text }) => text === LAST.text,
    );
    const amounts = (await host.input('scroll')).map(({ amount }) => amount);
    await streamer.stop(true);
    return { amounts, turned: wheel.vertical };
  } finally {
    await host.close();
  }
}

describe('scrolling two and a half notches in small steps', () => {
  test('arrives in small steps at a host that supports them', async () => {
    assert.deepEqual(await scroll({}), { amounts: Array.from({ length: 10 }, () => 30), turned: 300 });
  });

  test('arrives as whole notches at a host without uinput, and at a Wolf', async () => {
    assert.deepEqual(await scroll({ quirks: { xtest: true } }), { amounts: [120, 120], turned: 240 });
    assert.deepEqual(await scroll({ like: 'wolf' }), { amounts: [120, 120], turned: 240 });
  });

  test('follows the setting of the streamer, whatever the host is', async () => {
    assert.deepEqual((await scroll({}, { wheel_steps: 'notches' })).amounts, [120, 120]);
    assert.deepEqual((await scroll({ like: 'wolf' }, { wheel_steps: 'fine' })).amounts.length, 10);
  });
});
