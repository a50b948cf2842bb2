import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { buildDescribe, parseDescribe } from './describe.ts';
import { chooseOpusLayout, SUNSHINE_OPUS_LINES } from './opus-layout.ts';

const sunshine = {
  hevc: true,
  av1: true,
  refPicInvalidation: true,
  featureFlags: 3,
  encryption: { supported: 5, requested: 1 },
  opusLines: [...SUNSHINE_OPUS_LINES],
};

test('builds and reads the description in protocol/1', () => {
  const body = buildDescribe(sunshine);
  assert.equal(body.length, 403);
  assert.deepEqual(parseDescribe(body), sunshine);
});

test('a Wolf description is read: CRLF, spaces, a=a=, no encryption lines', () => {
  const body = [
    'sprop-parameter-sets=AAAAAU',
    'a=a=rtpmap:98 AV1/90000',
    'a=fmtp:97 surround-params=21101',
    'a=fmtp:97 surround-params=642014235',
    'a=x-ss-general.featureFlags: 3',
    '',
  ].join('\r\n');
  assert.deepEqual(parseDescribe(body), {
    hevc: true,
    av1: true,
    refPicInvalidation: false,
    featureFlags: 3,
    encryption: null,
    opusLines: ['21101', '642014235'],
  });
});

test('an empty description means H.264 and stereo', () => {
  assert.deepEqual(parseDescribe(''), {
    hevc: false,
    av1: false,
    refPicInvalidation: false,
    featureFlags: 0,
    encryption: null,
    opusLines: [],
  });
  assert.equal(parseDescribe('a=x-nv-video[0].refPicInvalidation=1\n').refPicInvalidation, true);
  assert.equal(parseDescribe('a=x-nv-video[0].refPicInvalidation:0\n').refPicInvalidation, false);
  assert.deepEqual(parseDescribe('x-ss-general.encryptionRequested: 7').encryption, { supported: 0, requested: 7 });
});

test('the layouts of the table are chosen, with their corrections', () => {
  const choose = (lines: string[], channels: 2 | 6 | 8, highQuality = false, sunshineHost = true) =>
    chooseOpusLayout(lines, { channels, highQuality, sunshine: sunshineHost });
  const mapping = (line: string, sunshineHost = true) => {
    const channels = Number(line[0]) as 6 | 8;
    return choose([line], channels, false, sunshineHost)?.mapping.join(' ');
  };
  const all = [...SUNSHINE_OPUS_LINES];
  assert.deepEqual(choose([], 2), { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] });
  assert.deepEqual(choose(all, 6), { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 2, 3, 4, 5] });
  assert.deepEqual(choose(all, 6, true), { channels: 6, streams: 6, coupledStreams: 0, mapping: [0, 1, 2, 3, 4, 5] });
  assert.deepEqual(choose(all, 8, true), {
    channels: 8,
    streams: 8,
    coupledStreams: 0,
    mapping: [0, 1, 2, 3, 4, 5, 6, 7],
  });
  assert.equal(mapping('642014235'), '0 1 4 5 2 3');
  assert.equal(mapping('85301423675'), '0 1 4 5 2 3 6 7');
  assert.equal(mapping('642041235'), '0 4 1 5 2 3');
  assert.equal(mapping('85301245367'), '0 1 2 3 4 5 6 7');
  assert.equal(mapping('85301245367', false), '0 1 2 7 4 5 3 6');
  assert.deepEqual(choose([], 6)?.mapping, [0, 4, 1, 5, 2, 3]);
  assert.equal(choose(['642012453'], 6, true), null);
  assert.throws(
    () => choose([], 8),
    (error) => error instanceof GameStreamError && error.code === 'HOST_UNSUPPORTED',
  );
});

test('an impossible layout is HOST_BAD_REPLY', () => {
  for (const line of ['602012345', '645012345', '64201245', '642012459', '6', '600']) {
    assert.throws(
      () => chooseOpusLayout([line], { channels: 6, highQuality: false, sunshine: true }),
      (error) => error instanceof GameStreamError && error.code === 'HOST_BAD_REPLY',
      line,
    );
  }
});

test('any text is read as a description', () => {
  const piece = fc.constantFrom(
    'a=fmtp:97 surround-params=',
    'x-ss-general.encryptionSupported:',
    '9'.repeat(20),
    '\n',
    'x-ss-general.featureFlags: 1',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      const description = parseDescribe(pieces.join(''));
      assert.ok(description.featureFlags >= 0 && description.opusLines.length <= 16);
      for (const channels of [2, 6, 8] as const) {
        try {
          chooseOpusLayout(description.opusLines, { channels, highQuality: false, sunshine: true });
        } catch (error) {
          assert.ok(error instanceof GameStreamError, String(error));
        }
      }
    }),
    { numRuns: 300 },
  );
});
