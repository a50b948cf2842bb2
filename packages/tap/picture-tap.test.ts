import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import {
  encodeMediaHello,
  type FromTap,
  type VideoMessage,
  videoHeaderBytes,
  writeVideoHeader,
} from '@moonshare/contract';
import { type Codecs, loadCodecs } from './decode/load.ts';
import { PictureTap } from './picture-tap.ts';

const OPTIONS = { format: 'png', quality: 75, maxEdge: 64, region: null } as const;
const CONFIGURATION = {
  codec: 'avc1.640028',
  width: 640,
  height: 360,
  colour: { primaries: 1, transfer: 1, matrix: 1, fullRange: false },
};

/** As it is on the wire, with a mask of 0. */
const NEEDS_KEY_FRAME = Buffer.of(0x82, 0x82, 0, 0, 0, 0, 132);

function socketFrame(payload: Uint8Array): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(payload.length));
  return Buffer.concat([Buffer.of(0x82, 127), size, payload]);
}

/** A tap, and the streamer's end of its media socket. */
class Testbed {
  readonly sent: FromTap[] = [];
  readonly tap: PictureTap;
  opened = 0;
  keyFrameNeeded: () => void = () => {};
  #far: Duplex;
  #frame = 10;
  #waiting: (() => void)[] = [];

  constructor(context: TestContext, codecs: Codecs) {
    const openDecoder: Codecs['openDecoder'] = (codec) => {
      this.opened += 1;
      return codecs.openDecoder(codec);
    };
    this.tap = new PictureTap({ ...codecs, openDecoder }, (message) => {
      this.sent.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    const [near, far] = duplexPair();
    this.#far = far;
    far.on('data', (data: Buffer) => {
      if (data.includes(NEEDS_KEY_FRAME)) this.keyFrameNeeded();
    });
    far.on('error', () => {});
    this.tap.receive({ type: 'open', stream: 1 }, near);
    far.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    far.write(socketFrame(encodeMediaHello()));
    context.after(() => this.tap.receive({ type: 'close' }, null));
  }

  video(data: Uint8Array, isKey: boolean): void {
    this.#frame += 1;
    const configuration = isKey ? CONFIGURATION : null;
    const message: Omit<VideoMessage, 'kind' | 'data'> = {
      isKey,
      isDiscontinuity: false,
      frame: this.#frame,
      timeUs: this.#frame * 16_667,
      configuration,
    };
    const bytes = new Uint8Array(videoHeaderBytes(configuration) + data.length);
    writeVideoHeader(bytes, message);
    bytes.set(data, videoHeaderBytes(configuration));
    this.#far.write(socketFrame(bytes));
  }

  async next<T extends FromTap['type']>(type: T): Promise<Extract<FromTap, { type: T }>> {
    for (;;) {
      const found = this.sent.find((message) => message.type === type);
      if (found !== undefined) return found as Extract<FromTap, { type: T }>;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }
}

/** An SPS of H.264 for a picture of this many macroblocks, and a slice that pretends to be of it. */
function hugeKeyFrame(macroblocks: number): Buffer {
  const ue = (value: number) => {
    const bits = (value + 1).toString(2);
    return '0'.repeat(bits.length - 1) + bits;
  };
  const bits = [
    ue(0),
    ue(0),
    ue(2),
    ue(1),
    '0',
    ue(macroblocks - 1),
    ue(macroblocks - 1),
    '1',
    '1',
    '0',
    '0',
    '1',
  ].join('');
  const bytes = (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((byte) =>
    Number.parseInt(byte, 2),
  );
  const start = [0, 0, 0, 1];
  const pps = [0x68, 0xce, 0x3c, 0x80];
  return Buffer.from([...start, 0x67, 66, 0, 62, ...bytes, ...start, ...pps, ...start, 0x65, ...Array(200).fill(0xb8)]);
}

function garbage(bytes: number, seed: number): Buffer {
  const data = Buffer.alloc(bytes);
  let state = seed;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[at] = state >>> 16;
  }
  data.set([0, 0, 0, 1, 0x65]);
  return data;
}

test('garbage, and a picture of 16384x16384, are an error to who asks, and no memory', async (context) => {
  const codecs = await loadCodecs();
  const before = process.memoryUsage.rss();
  for (const frame of [garbage(5_000, 1), garbage(60_000, 2), hugeKeyFrame(1024), Buffer.alloc(0)]) {
    const bed = new Testbed(context, codecs);
    bed.tap.receive({ type: 'picture', requestId: 1, maxAgeMs: 0, options: OPTIONS }, null);
    bed.keyFrameNeeded = () => bed.video(frame, true);
    bed.video(frame, true);
    const { error } = await bed.next('failed');
    assert.equal(error.code, 'DECODER_FAILED');
  }
  assert.ok(process.memoryUsage.rss() - before < 200e6);
});

test('a socket that speaks something else is closed, and the tap says so', async (context) => {
  const bed = new Testbed(context, await loadCodecs());
  const [near, far] = duplexPair();
  far.on('data', () => {});
  bed.tap.receive({ type: 'open', stream: 2 }, near);
  far.write('HTTP/1.1 503 Service Unavailable\r\n\r\n');
  assert.equal((await bed.next('closed')).stream, 2);
  assert.equal(near.destroyed, true);
});

/** Codecs for frames that say how many pixels of their picture are white. */
function plainCodecs(codecs: Codecs): Codecs {
  const decode = async (data: Uint8Array) => {
    const picture = { width: 640, height: 360, white: Buffer.from(data).readUInt32BE(0), free: () => {} };
    return { ...picture, clone: () => picture };
  };
  return {
    ...codecs,
    openDecoder: async () => ({ decode, close: () => {} }) as never,
    frameBrightness: (picture, { width, height }) =>
      new Uint8Array(width * height).fill(255, 0, (picture as unknown as { white: number }).white),
  };
}

/** A frame for them, tiny or not. */
function plain(white: number, bytes = 1_200): Buffer {
  const data = Buffer.alloc(bytes);
  data.writeUInt32BE(white);
  return data;
}

const WHOLE = { quietMs: 50, region: null, threshold: null } as const;

test('a picture is stable when its frames are tiny, and nothing is decoded', async (context) => {
  const bed = new Testbed(context, await loadCodecs());
  bed.tap.receive({ type: 'wait', requestId: 7, options: { until: 'stable', ...WHOLE } }, null);
  bed.video(garbage(9_000, 3), true);
  for (let count = 0; count < 3; count += 1) bed.video(Buffer.alloc(20), false);
  assert.equal((await bed.next('waited')).outcome.outcome, 'stable');
  assert.equal(bed.opened, 0);
});

test('a picture whose frames are never tiny is stable when they all show the same', async (context) => {
  const bed = new Testbed(context, plainCodecs(await loadCodecs()));
  bed.keyFrameNeeded = () => bed.video(plain(5), true);
  bed.tap.receive({ type: 'wait', requestId: 7, options: { until: 'stable', ...WHOLE } }, null);
  bed.video(plain(5), true);
  const pump = setInterval(() => bed.video(plain(5), false), 10);
  context.after(() => clearInterval(pump));
  assert.equal((await bed.next('waited')).outcome.outcome, 'stable');
});

test('a frame that is not tiny is a change only if its picture is another one', async (context) => {
  const bed = new Testbed(context, plainCodecs(await loadCodecs()));
  bed.tap.receive({ type: 'wait', requestId: 7, options: { until: 'change', ...WHOLE } }, null);
  bed.video(plain(5), true);
  bed.video(plain(5, 20), false);
  bed.video(plain(5), false);
  bed.video(plain(5), true);
  bed.video(plain(5, 20), false);
  bed.video(plain(6), false);
  assert.deepEqual(pick(await bed.next('waited')), ['changed', 16]);
});

test('what only refines a key frame is no change, but one pixel is when that is over, and much at any time', async (context) => {
  const codecs = plainCodecs(await loadCodecs());
  const refined = new Testbed(context, codecs);
  refined.tap.receive({ type: 'wait', requestId: 7, options: { until: 'change', ...WHOLE } }, null);
  for (const [white, bytes, isKey] of [
    [0, 9_000, true],
    [900, 3_000, false],
    [1_700, 2_000, false],
    [1_700, 20, false],
    [1_701, 100, false],
  ] as const)
    refined.video(plain(white, bytes), isKey);
  assert.deepEqual(pick(await refined.next('waited')), ['changed', 15]);

  const much = new Testbed(context, codecs);
  much.tap.receive({ type: 'wait', requestId: 7, options: { until: 'change', ...WHOLE } }, null);
  much.video(plain(0), true);
  much.video(plain(20_000), false);
  assert.deepEqual(pick(await much.next('waited')), ['changed', 12]);

  // A picture that is never still is not refined for ever.
  const moving = new Testbed(context, codecs);
  moving.tap.receive({ type: 'wait', requestId: 7, options: { until: 'change', ...WHOLE } }, null);
  moving.video(plain(0), true);
  for (let white = 1; white <= 40; white += 1) moving.video(plain(white), false);
  assert.equal((await moving.next('waited')).outcome.outcome, 'changed');
});

function pick({ outcome: { outcome, frame } }: Extract<FromTap, { type: 'waited' }>) {
  return [outcome, frame];
}
