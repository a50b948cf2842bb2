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

test('a wait without a region is decided by the sizes of frames, and nothing is decoded', async (context) => {
  const options = { quietMs: 50, region: null, threshold: null } as const;
  for (const [until, outcome] of [
    ['stable', 'stable'],
    ['change', 'changed'],
  ] as const) {
    const bed = new Testbed(context, await loadCodecs());
    bed.tap.receive({ type: 'wait', requestId: 7, options: { until, ...options } }, null);
    bed.video(garbage(9_000, 3), true);
    for (let count = 0; count < 3; count += 1) bed.video(Buffer.alloc(20), false);
    if (until === 'change') bed.video(garbage(3_000, 4), false);
    const waited = await bed.next('waited');
    assert.equal(waited.outcome.outcome, outcome);
    assert.ok(until === 'stable' || waited.outcome.frame === 15);
    assert.equal(bed.opened, 0);
  }
});
