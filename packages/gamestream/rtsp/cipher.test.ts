import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { RtspCipher, rtspFrameLength } from './cipher.ts';

const key = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const malformed = (error: unknown) => error instanceof GameStreamError && error.code === 'MALFORMED';

const OPTIONS = Buffer.from(
  'OPTIONS rtspenc://192.168.1.50:48010 RTSP/1.0\r\nCSeq: 1\r\nX-GS-ClientVersion: 14\r\nHost: 192.168.1.50\r\n\r\n',
);
const FRAME = Buffer.from(
  '8000006600000001' +
    '0d8eb9695f01bc4b419c6d5f45bbd913' +
    '69150e6c843a3ad6efcf8b8b083978a9a43881c70443681f226ea948331da460d50fdc7f18e20ab277a323270be1eed374da7268bb5e8100' +
    '14577141cb134f3d63585b927c53414f2d50e59d63b0e01367852c821bf0a37f084faf1cfecc35fb4b2160fc4690',
  'hex',
);
const REPLY_FRAME = Buffer.from(
  '8000001c00000001' + 'b31bb671248c1dc563deb6316381d8e0' + '4f891eb2a5ee569c5820950976ad93a3811a3c4b77e4762ad4add105',
  'hex',
);

test('seals and opens the frames of protocol/1, both ways', () => {
  const client = new RtspCipher({ key, role: 'client' });
  const host = new RtspCipher({ key, role: 'host' });
  const frame = client.seal(OPTIONS);
  assert.deepEqual(frame, FRAME);
  assert.equal(
    createHash('sha256').update(frame).digest('hex'),
    'b2d6201e9faee2aad17b85ed7b9b199699b290cdddce94b85353c08387de5b37',
  );
  assert.deepEqual(host.open(frame), OPTIONS);
  assert.deepEqual(host.seal(Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')), REPLY_FRAME);
  assert.equal(client.open(REPLY_FRAME).toString(), 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n');
});

test('each direction counts its own messages, and the receiver uses the number in the frame', () => {
  const client = new RtspCipher({ key, role: 'client' });
  const host = new RtspCipher({ key, role: 'host' });
  const frames = ['a', 'b', 'c'].map((text) => client.seal(Buffer.from(text)));
  assert.deepEqual(
    frames.map((frame) => frame.readUInt32BE(4)),
    [1, 2, 3],
  );
  assert.deepEqual(
    frames.reverse().map((frame) => host.open(frame).toString()),
    ['c', 'b', 'a'],
  );
});

test('a frame from the same side, with another key, damaged, cut off or too long is malformed', () => {
  const host = new RtspCipher({ key, role: 'host' });
  const other = new RtspCipher({ key: Buffer.alloc(16), role: 'host' });
  assert.throws(() => new RtspCipher({ key, role: 'client' }).open(FRAME), malformed);
  assert.throws(() => other.open(FRAME), malformed);
  assert.throws(() => host.open(FRAME.subarray(0, -1)), malformed);
  assert.throws(() => host.open(Buffer.concat([FRAME, Buffer.alloc(1)])), malformed);
  fc.assert(
    fc.property(fc.nat(FRAME.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(FRAME);
      damaged[at]! ^= change;
      assert.throws(() => host.open(damaged), malformed);
    }),
  );
});

test('the length of a frame is known from four bytes, and limited', () => {
  assert.equal(rtspFrameLength(FRAME.subarray(0, 3)), null);
  assert.equal(rtspFrameLength(FRAME.subarray(0, 4)), FRAME.length);
  assert.throws(() => rtspFrameLength(Buffer.from('OPTIONS')), malformed);
  assert.throws(() => rtspFrameLength(Buffer.from('ffffffff', 'hex')), malformed);
});
