import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AV_PIX_FMT_YUV420P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_RANGE_UNSPECIFIED,
  AVCOL_SPC_BT709,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  type AVColorRange,
  type AVColorSpace,
} from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { RegionOutsideError } from '../region/region.ts';
import { readImage } from '../testing/image.ts';
import { encodePicture } from './picture-encoder.ts';

type Rgb = [number, number, number];

/** Weights of red and blue, ITU-R. */
const MATRICES = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;
const COLOURS: Rgb[] = [
  [255, 255, 255],
  [0, 0, 0],
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [126, 166, 255],
  [200, 120, 40],
];
const BAR = 64;

function yuvOf([r, g, b]: Rgb, matrix: keyof typeof MATRICES, isFull: boolean): Rgb {
  const [kr, kb] = MATRICES[matrix];
  const luma = (kr * r + (1 - kr - kb) * g + kb * b) / 255;
  const [cb, cr] = [(b / 255 - luma) / (2 - 2 * kb), (r / 255 - luma) / (2 - 2 * kr)];
  const [base, range, chroma] = isFull ? [0, 255, 255] : [16, 219, 224];
  return [base + range * luma, 128 + chroma * cb, 128 + chroma * cr].map((value) =>
    Math.max(0, Math.min(255, Math.round(value))),
  ) as Rgb;
}

/** Vertical bars of known colours, one after another from the left. */
function bars(
  matrix: keyof typeof MATRICES,
  { space, range, height = 720 }: { space: AVColorSpace; range: AVColorRange; height?: number },
): Frame {
  const width = COLOURS.length * BAR;
  const planes = [Buffer.alloc(width * height), Buffer.alloc((width * height) / 4), Buffer.alloc((width * height) / 4)];
  COLOURS.forEach((colour, index) => {
    const values = yuvOf(colour, matrix, range === AVCOL_RANGE_JPEG);
    for (let y = 0; y < height; y += 1) {
      planes[0]!.fill(values[0], y * width + index * BAR, y * width + (index + 1) * BAR);
      if (y % 2 === 1) continue;
      for (const plane of [1, 2] as const) {
        const start = (y / 2) * (width / 2) + (index * BAR) / 2;
        planes[plane]!.fill(values[plane], start, start + BAR / 2);
      }
    }
  });
  const frame = Frame.fromVideoBuffer(Buffer.concat(planes), {
    width,
    height,
    format: AV_PIX_FMT_YUV420P,
    timeBase: { num: 1, den: 1 },
  });
  frame.colorSpace = space;
  frame.colorRange = range;
  return frame;
}

const ALL = { quality: 95, maxEdge: 8192, region: null };

for (const format of ['png', 'jpeg', 'webp'] as const)
  for (const [name, matrix, space, range, height] of [
    ['BT.709, limited', 'bt709', AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 720],
    ['BT.709, full', 'bt709', AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, 720],
    ['BT.601, limited', 'bt601', AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 720],
    ['BT.601, full', 'bt601', AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, 720],
    ['BT.2020, limited', 'bt2020', AVCOL_SPC_BT2020_NCL, AVCOL_RANGE_MPEG, 720],
    ['not specified, HD', 'bt709', AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, 720],
    ['not specified, SD', 'bt601', AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, 480],
  ] as const)
    test(`${format} of a stream in ${name} has its colours`, async () => {
      const frame = bars(matrix, { space, range, height });
      const { data } = await encodePicture(frame, { format, ...ALL });
      frame.free();
      const image = await readImage(data);
      assert.equal(image.height, height);
      COLOURS.forEach((colour, index) => {
        const shown = image.pixel(index * BAR + BAR / 2, height / 2);
        const off = Math.max(...shown.map((value, at) => Math.abs(value - colour[at]!)));
        // Wrong by a matrix or a range is off by more than 10.
        assert.ok(off <= (format === 'png' ? 3 : 6), `${colour} became ${shown}`);
      });
    });

test('a region is cut to the pixel, and scaled to the longest edge', async () => {
  const frame = bars('bt709', { space: AVCOL_SPC_BT709, range: AVCOL_RANGE_MPEG });
  const region = { x: 2 * BAR - 31, y: 7, width: 61, height: 99 };
  const cut = await encodePicture(frame, { ...ALL, format: 'png', region });
  const image = await readImage(cut.data);
  assert.deepEqual([image.width, image.height, cut.scale, cut.region], [61, 99, 1, region]);
  // Black up to the edge of its bar, then red.
  assert.ok(image.pixel(26, 50)[0] < 60);
  assert.ok(image.pixel(35, 50)[0] > 200);
  const small = await encodePicture(frame, { ...ALL, format: 'png', maxEdge: 360 });
  assert.deepEqual([small.width, small.height, small.scale], [224, 360, 0.5]);
  const whole = { x: 0, y: 0, width: COLOURS.length * BAR, height: 720 };
  assert.deepEqual(small.region, whole);
  for (const outside of [
    { ...whole, x: 1 },
    { ...whole, height: 721 },
    { x: whole.width, y: 0, width: 1, height: 1 },
  ])
    await assert.rejects(encodePicture(frame, { ...ALL, format: 'png', region: outside }), RegionOutsideError);
  const pixel = await encodePicture(frame, { ...ALL, format: 'jpeg', region: { x: 447, y: 719, width: 1, height: 1 } });
  assert.deepEqual([pixel.width, pixel.height], [1, 1]);
  frame.free();
});

test('more quality takes more bytes', async () => {
  const frame = bars('bt709', { space: AVCOL_SPC_BT709, range: AVCOL_RANGE_MPEG });
  for (const format of ['jpeg', 'webp'] as const) {
    const sizes = [];
    for (const quality of [1, 50, 75, 100])
      sizes.push((await encodePicture(frame, { format, maxEdge: 8192, region: null, quality })).data.length);
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => a - b),
    );
  }
  frame.free();
});
