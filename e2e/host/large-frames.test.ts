import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AccessUnit } from '@moonshare/gamestream';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { PairedHost, SETTINGS } from './paired-host.ts';
import { stopAllStreamers, TestStreamer } from './test-streamer.ts';

after(stopAllStreamers);

const hosts: { bytes: number; options?: VirtualHostOptions }[] = [
  { bytes: 1_250_000 },
  { bytes: 2_500_000 },
  // The wire can express 4 x 1023 packets, here of 1024 bytes; Wolf, which sends in one burst, a quarter of that.
  { bytes: 4_100_000 },
  { bytes: 1_000_000, options: { like: 'wolf' } },
];

for (const { bytes, options } of hosts) {
  test(`key frames of ${bytes} bytes arrive whole from ${options?.like ?? 'sunshine'}`, async (t) => {
    const host = await PairedHost.start({ ...options, quirks: { keyFrameBytes: bytes } });
    t.after(() => host.close());
    const stream = await host.launch({ ...SETTINGS, encrypt: 'demanded' });
    const keys: AccessUnit[] = [];
    const two = new Promise<void>((resolve) => {
      stream.on('video', (unit) => {
        if (!unit.keyFrame) return;
        if (keys.push(unit) === 2) resolve();
        else stream.requestIdr();
      });
    });
    await stream.open();
    await two;
    assert.ok(keys.every(({ data }) => data.length >= bytes));
    await stream.close();
  });
}

for (const { bytes, warnings } of [
  { bytes: 2_700_000, warnings: 0 },
  { bytes: 3_000_000, warnings: 1 },
]) {
  test(`the log warns ${warnings} times that key frames of ${bytes} bytes are too large for browsers`, async (t) => {
    const host = await PairedHost.start({ quirks: { keyFrameBytes: bytes } });
    t.after(() => host.close());
    const streamer = await TestStreamer.up(host);
    t.after(() => streamer.stop(true));
    assert.equal(streamer.warnings.length, 0);
    for (const id of ['one', 'two']) {
      const viewer = streamer.join(id);
      const picture = viewer.next(({ keyFrame }) => keyFrame);
      viewer.events.connected();
      await picture;
      // The frame after it arrives once the key frame has been handled.
      await viewer.next(({ keyFrame }) => !keyFrame);
    }
    const matching = streamer.warnings.filter((message) => message.startsWith('frames are too large for browsers'));
    assert.equal(matching.length, warnings);
  });
}
