import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type AcknowledgedFrames,
  type AudioMessage,
  decodeInput,
  decodeMediaMessage,
  decodeViewerMessage,
  encodeAcknowledgeEvery,
  encodeAcknowledgement,
  encodeAudio,
  encodeInput,
  encodeKeyFrameNeeded,
  encodeMediaFeedback,
  encodeMediaGeneral,
  encodeMediaHello,
  encodeMediaIdle,
  encodeMediaInput,
  encodeMediaRoundTrip,
  encodeViewerHello,
  type MediaMessage,
  markDiscontinuity,
  type VideoMessage,
  type ViewerInput,
  videoHeaderBytes,
  writeVideoHeader,
} from '../index.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const timeUs = fc.maxSafeNat();
const data = fc.uint8Array({ maxLength: 40 });
const plain = { noNullPrototype: true };

const configuration = fc.record(
  {
    codec: fc.string({ unit: 'binary-ascii', maxLength: 255 }).map((text) => text.replace(/[^ -~]/g, '.')),
    width: u16,
    height: u16,
    colour: fc.record({ primaries: u8, transfer: u8, matrix: u8, fullRange: fc.boolean() }, plain),
  },
  plain,
);
const layout = fc.record(
  { packetMs: u8, streams: u8, coupledStreams: u8, mapping: fc.array(u8, { maxLength: 8 }) },
  plain,
);

const video: fc.Arbitrary<VideoMessage> = fc.record(
  {
    kind: fc.constant('video' as const),
    isKey: fc.boolean(),
    isDiscontinuity: fc.boolean(),
    frame: u32,
    timeUs,
    configuration: fc.option(configuration),
    data,
  },
  plain,
);

const audio: fc.Arbitrary<AudioMessage> = fc.record(
  { kind: fc.constant('audio' as const), sequence: u16, timeUs, configuration: fc.option(layout), data },
  plain,
);

function encodeVideo(message: VideoMessage): Uint8Array {
  const header = videoHeaderBytes(message.configuration);
  // Memory that was used before: every byte of the header is written.
  const bytes = new Uint8Array(header + message.data.length).fill(0xee);
  bytes.set(message.data, header);
  writeVideoHeader(bytes, message);
  return bytes;
}

function encode(message: MediaMessage): Uint8Array {
  switch (message.kind) {
    case 'hello':
      return encodeMediaHello();
    case 'video':
      return encodeVideo(message);
    case 'audio':
      return encodeAudio(message);
    case 'feedback':
      return encodeMediaFeedback(message.feedback);
    case 'general':
      return encodeMediaGeneral(message.message);
    case 'idle':
      return encodeMediaIdle();
    case 'roundTrip':
      return encodeMediaRoundTrip(message.ms);
    case 'acknowledgeEvery':
      return encodeAcknowledgeEvery(message.ms);
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('what a media socket carries to the browser', () => {
  const others: MediaMessage[] = [
    { kind: 'hello', version: 1 },
    { kind: 'feedback', feedback: { kind: 'rumble', id: 3, low: 0x8000, high: 0xffff } },
    { kind: 'feedback', feedback: { kind: 'triggerRumble', id: 0, left: 1, right: 0 } },
    { kind: 'general', message: 'ConnectionTerminated' },
    { kind: 'general', message: { ConnectionStatusUpdate: { status: 'Poor' } } },
    { kind: 'idle' },
    { kind: 'roundTrip', ms: 0x0123 },
    { kind: 'acknowledgeEvery', ms: 0x0123 },
  ];

  it('arrives as it was sent', () => {
    for (const message of others) assert.deepEqual(decodeMediaMessage(encode(message)), message);
    fc.assert(
      fc.property(fc.oneof(video, audio), (message) => {
        assert.deepEqual(decodeMediaMessage(encode(message)), message);
      }),
    );
  });

  it('has the layout of protocol/6 §2', () => {
    const colour = { primaries: 1, transfer: 13, matrix: 6, fullRange: true };
    const avc = { codec: 'avc1', width: 1280, height: 720, colour };
    const header = { kind: 'video', isKey: true, isDiscontinuity: true, frame: 0xfffffffe, timeUs: 2 ** 40 } as const;
    assert.equal(
      hex(encodeVideo({ ...header, configuration: avc, data: bytesOf('000001') })),
      hex(bytesOf('02 07 0000 fffffffe 0000010000000000 04 61766331 0500 02d0 01 0d 06 01 000001')),
    );
    assert.equal(
      hex(encodeVideo({ ...header, isKey: false, isDiscontinuity: false, configuration: null, data: bytesOf('aa') })),
      hex(bytesOf('02 00 0000 fffffffe 0000010000000000 aa')),
    );
    const opus = { packetMs: 5, streams: 1, coupledStreams: 1, mapping: [0, 1] };
    assert.equal(
      hex(encodeAudio({ sequence: 258, timeUs: 1, configuration: opus, data: bytesOf('fc') })),
      hex(bytesOf('03 04 0102 0000000000000001 05 02 01 01 00 01 fc')),
    );
    assert.equal(hex(encodeMediaHello()), hex(bytesOf('01 01 7b7d')));
    assert.equal(hex(encodeAcknowledgeEvery(150)), hex(bytesOf('08 00 0096')));
  });

  it('can be marked afterwards as coming after a gap', () => {
    fc.assert(
      fc.property(video, (message) => {
        const bytes = encodeVideo(message);
        markDiscontinuity(bytes);
        assert.deepEqual(decodeMediaMessage(bytes), { ...message, isDiscontinuity: true });
      }),
    );
  });

  it('is null when it ends too early, at whichever byte', () => {
    fc.assert(
      fc.property(fc.oneof(video, audio), (message) => {
        const bytes = encode(message);
        const header = bytes.length - message.data.length;
        for (let length = 0; length < header; length += 1)
          assert.equal(decodeMediaMessage(bytes.subarray(0, length)), null, `${length} of ${header} bytes`);
        assert.notEqual(decodeMediaMessage(bytes.subarray(0, header)), null);
      }),
    );
    for (const message of others.filter(({ kind }) => kind !== 'hello' && kind !== 'idle')) {
      const bytes = encode(message);
      for (let length = 0; length < bytes.length; length += 1)
        assert.equal(decodeMediaMessage(bytes.subarray(0, length)), null);
    }
  });

  it('is null if it makes no sense, and garbage does not throw', () => {
    const wrong = {
      'an unknown kind': '07',
      'a time beyond what can be counted': '02 00 0000 00000000 0020000000000000 00',
      'a codec string with a control character': `02 04 0000 00000000 0000000000000000 01 0a ${'00'.repeat(8)}`,
      'more channels than Opus has': `03 04 0000 0000000000000000 05 09 01 01 ${'00'.repeat(9)}`,
      'text that is no message': '05 7b',
    };
    for (const [what, text] of Object.entries(wrong)) assert.equal(decodeMediaMessage(bytesOf(text)), null, what);
    const garbage = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.uint8Array({ maxLength: 64 }));
    fc.assert(
      fc.property(garbage, ([kind, rest]) => void decodeMediaMessage(Uint8Array.of(kind, ...rest))),
      { numRuns: 2000 },
    );
  });
});

describe('what a media socket carries to the streamer', () => {
  const acknowledged: fc.Arbitrary<AcknowledgedFrames> = fc.record({ queued: u16, received: u32, shown: u32 });

  it('arrives as it was sent', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), acknowledged, u32, (wantsSound, takesSurround, frames, receivedAtMs) => {
        const hello = encodeViewerHello({ wantsSound, takesSurround });
        assert.deepEqual(decodeViewerMessage(hello), { kind: 'hello', version: 1, wantsSound, takesSurround });
        const bytes = encodeAcknowledgement({ ...frames, receivedAtMs });
        assert.deepEqual(decodeViewerMessage(bytes), { kind: 'acknowledgement', ...frames });
      }),
    );
    for (const reason of ['decoderError', 'decoderReplaced', 'nothingShown'] as const)
      assert.deepEqual(decodeViewerMessage(encodeKeyFrameNeeded(reason)), { kind: 'keyFrameNeeded', reason });
  });

  it('has the layout of protocol/6 §3', () => {
    assert.equal(hex(encodeViewerHello({ wantsSound: true, takesSurround: true })), '81010300');
    const received = { queued: 2, received: 0x01020304, shown: 0xffffffff, receivedAtMs: 0x0a0b0c0d };
    assert.equal(hex(encodeAcknowledgement(received)), hex(bytesOf('82 00 0002 01020304 ffffffff 0a0b0c0d')));
    assert.equal(hex(encodeKeyFrameNeeded('nothingShown')), '8403');
    assert.equal(hex(encodeMediaInput({ channel: 'lockKeys', data: Uint8Array.of(1, 1) })), '83040101');
    assert.equal(hex(encodeMediaInput({ channel: 'controller15', data: Uint8Array.of(0) })), '831f00');
  });

  it('limits numbers that are too large for their fields', () => {
    const bytes = encodeAcknowledgement({ queued: 70_000, received: 1, shown: 1, receivedAtMs: 2 ** 32 + 5.4 });
    assert.equal(hex(bytes), hex(bytesOf('82 00 ffff 00000001 00000001 00000005')));
  });

  it('is input of every kind, on the channel that it would have with WebRTC', () => {
    const inputs: ViewerInput[] = [
      { kind: 'mouseMove', dx: -1, dy: 2 },
      { kind: 'key', down: true, modifiers: 1, virtualKey: 0x41 },
      { kind: 'text', text: 'äöü' },
      { kind: 'lockKeys', capsLock: true, numLock: null, scrollLock: false },
      { kind: 'controllerRemove', id: 15 },
      ...[0, 9, 15].map((id) => ({
        kind: 'controllerState' as const,
        id,
        buttons: 0x1000,
        leftTrigger: 255,
        rightTrigger: 0,
        leftX: -0x8000,
        leftY: 0,
        rightX: 0x7fff,
        rightY: 1,
      })),
    ];
    for (const input of inputs) {
      const { channel, data: bytes } = encodeInput(input);
      const message = decodeViewerMessage(encodeMediaInput({ channel, data: bytes }));
      assert.ok(message?.kind === 'input');
      assert.equal(message.channel, channel);
      assert.deepEqual(decodeInput(message.channel, message.data), input);
    }
  });

  it('is null when it ends too early, or has an unknown kind, channel or reason; garbage does not throw', () => {
    for (const whole of [
      encodeViewerHello({ wantsSound: true, takesSurround: true }),
      encodeAcknowledgement({ queued: 1, received: 1, shown: 1, receivedAtMs: 1 }),
      encodeKeyFrameNeeded('decoderError'),
    ])
      for (let length = 0; length < whole.length; length += 1)
        assert.equal(decodeViewerMessage(whole.subarray(0, length)), null);
    for (const wrong of ['80', '85', '83', '8305', '830f', '8320', '83ff', '8400', '8404'])
      assert.equal(decodeViewerMessage(bytesOf(wrong)), null, wrong);
    fc.assert(
      fc.property(fc.integer({ min: 128, max: 133 }), fc.uint8Array({ maxLength: 64 }), (kind, rest) => {
        decodeViewerMessage(Uint8Array.of(kind, ...rest));
      }),
      { numRuns: 2000 },
    );
  });
});
