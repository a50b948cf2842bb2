import assert from 'node:assert/strict';
import { test } from 'node:test';
import { h264NalType, hevcNalType, parseH264Sps, splitAnnexB, splitObus } from '@moonshare/bitstream';
import type { VideoCodec } from '@moonshare/gamestream';
import { Desktop } from '../desktop/desktop.ts';
import { PictureRenderer } from '../picture/picture.ts';
import { VideoDecoder } from '../testing/video-decoder.ts';
import { type EncodedPicture, VideoEncoder } from './video-encoder.ts';

const START = Date.UTC(2026, 0, 1);

/** Encodes frames 1..count, with an IDR requested at those listed. */
async function encode(options: {
  codec: VideoCodec;
  count: number;
  idrAt?: number[];
  width?: number;
  height?: number;
}): Promise<EncodedPicture[]> {
  const { codec, count, idrAt = [], width = 1280, height = 720 } = options;
  const encoder = await VideoEncoder.open({ codec, width, height, fps: 60, bitrateKbps: 5000 });
  const picture = new PictureRenderer(width, height, 'test');
  const desktop = new Desktop(width, height);
  const out: EncodedPicture[] = [];
  for (let frame = 1; frame <= count; frame++) {
    picture.draw(desktop, frame, START + (frame * 1000) / 60);
    out.push(...(await encoder.encode(picture.canvas.data, frame, idrAt.includes(frame))));
  }
  await encoder.close();
  return out;
}

async function decodedNumbers(codec: VideoCodec, frames: EncodedPicture[]) {
  const decoder = await VideoDecoder.open(codec);
  const pictures = [];
  for (const { data } of frames) pictures.push(...(await decoder.decode(data)));
  decoder.close();
  return pictures;
}

test('H.264: an IDR at the start and one on request, each preceded by parameter sets, no SEI, one slice', async () => {
  const frames = await encode({ codec: 'h264', count: 45, idrAt: [40] });
  assert.deepEqual(
    frames.map(({ pts }) => pts),
    Array.from({ length: 45 }, (_, index) => index + 1),
  );
  for (const { data, keyFrame, pts } of frames) {
    const types = splitAnnexB(data).map(h264NalType);
    assert.deepEqual(types, pts === 1 || pts === 40 ? [7, 8, 5] : [1], `frame ${pts}`);
    assert.equal(keyFrame, pts === 1 || pts === 40);
  }
  const sps = parseH264Sps(splitAnnexB(frames[0]!.data)[0]!);
  assert.equal(sps?.width, 1280);
  assert.equal(sps?.height, 720);
  assert.equal(sps?.profileIdc, 100);
  assert.equal(sps?.maxNumReorderFrames, 0);
});

test('HEVC: real IDR frames with VPS, SPS and PPS, no SEI', async () => {
  const frames = await encode({ codec: 'hevc', count: 30, idrAt: [20], width: 640, height: 360 });
  for (const { data, pts } of frames) {
    const types = splitAnnexB(data).map(hevcNalType);
    if (pts === 1 || pts === 20) {
      assert.deepEqual(types.slice(0, 3), [32, 33, 34]);
      assert.ok(types[3] === 19 || types[3] === 20, `frame ${pts} has slice type ${types[3]}`);
      assert.equal(types.length, 4);
    } else {
      assert.deepEqual(types, [1], `frame ${pts}`);
    }
  }
});

test('AV1: one temporal unit per frame, a sequence header with each key frame', async () => {
  const frames = await encode({ codec: 'av1', count: 30, idrAt: [20], width: 640, height: 360 });
  assert.equal(frames.length, 30);
  const SEQUENCE_HEADER = 1;
  for (const { data, keyFrame, pts } of frames) {
    const types = splitObus(data).map(({ type }) => type);
    assert.equal(keyFrame, pts === 1 || pts === 20, `frame ${pts}`);
    assert.equal(types.includes(SEQUENCE_HEADER), keyFrame, `frame ${pts}`);
  }
});

for (const codec of ['h264', 'hevc', 'av1'] as const) {
  for (const [width, height, count] of [
    [640, 360, 40],
    [1280, 720, 10],
  ] as const) {
    test(`${codec} ${width}x${height}: every decoded picture carries its frame number`, async () => {
      const frames = await encode({ codec, count, idrAt: [count - 5], width, height });
      const pictures = await decodedNumbers(codec, frames);
      assert.deepEqual(
        pictures.map(({ frameNumber }) => frameNumber),
        Array.from({ length: count }, (_, index) => index + 1),
      );
      assert.equal(pictures[0]!.width, width);
      assert.equal(pictures[0]!.height, height);
    });
  }
}

test('decoding can start at any IDR', async () => {
  const frames = await encode({ codec: 'h264', count: 40, idrAt: [25], width: 640, height: 360 });
  const pictures = await decodedNumbers('h264', frames.slice(24));
  assert.deepEqual(
    pictures.map(({ frameNumber }) => frameNumber),
    Array.from({ length: 16 }, (_, index) => index + 25),
  );
});

test('1920x1080 can be drawn and encoded', async () => {
  const frames = await encode({ codec: 'h264', count: 5, width: 1920, height: 1080 });
  const pictures = await decodedNumbers('h264', frames);
  assert.deepEqual(
    pictures.map(({ frameNumber, width, height }) => ({ frameNumber, width, height })),
    [1, 2, 3, 4, 5].map((frameNumber) => ({ frameNumber, width: 1920, height: 1080 })),
  );
});
