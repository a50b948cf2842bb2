import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desktop } from '../desktop/desktop.ts';
import { PictureRenderer } from '../picture/picture.ts';
import { VideoDecoder } from '../testing/video-decoder.ts';
import { enlarged } from './large-key-frame.ts';
import { VideoEncoder } from './video-encoder.ts';

for (const codec of ['h264', 'hevc', 'av1'] as const) {
  test(`${codec}: an enlarged key frame shows the same picture, and the next frame can refer to it`, async () => {
    const [width, height] = [640, 360];
    const encoder = await VideoEncoder.open({ codec, width, height, fps: 60, bitrateKbps: 5000 });
    const decoder = await VideoDecoder.open(codec);
    const picture = new PictureRenderer(width, height, 'test');
    const desktop = new Desktop(width, height);
    const numbers = [];
    for (let frame = 1; frame <= 3; frame += 1) {
      picture.draw(desktop, frame, Date.UTC(2026, 0, 1));
      const [encoded] = await encoder.encode(picture.canvas.data, frame, false);
      const data = frame === 1 ? enlarged(codec, encoded!.data, 5_000_000) : encoded!.data;
      assert.equal(data.length >= 5_000_000, frame === 1);
      for (const { frameNumber } of await decoder.decode(data)) numbers.push(frameNumber);
    }
    assert.deepEqual(numbers, [1, 2, 3]);
    decoder.close();
    await encoder.close();
  });
}

test('a key frame that is large enough is unchanged', () => {
  const data = Buffer.alloc(100);
  assert.equal(enlarged('h264', data, 100), data);
});
