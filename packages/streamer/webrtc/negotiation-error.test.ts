import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { SdpError, UnsupportedVideoError } from '@moonshare/webrtc';
import { negotiationError } from './negotiation-error.ts';
import { FORMAT } from './testing/playback.ts';

describe('what people are told when a browser cannot be negotiated with', () => {
  it('names the codec that the browser lacks, in the message and in the hint', () => {
    const cases = [
      [{ codec: 'h264' }, /H\.264/],
      [{ codec: 'av1' }, /AV1/],
      [{ codec: 'hevc' }, / HEVC/],
      [{ codec: 'hevc', tenBit: true }, /10-bit HEVC/],
    ] as const;
    for (const [format, names] of cases) {
      const { code, message, hint } = negotiationError(new UnsupportedVideoError({ ...FORMAT, ...format }));
      assert.equal(code, 'CODEC_UNSUPPORTED');
      assert.match(message, names);
      assert.match(hint, names);
    }
  });

  it('says what is wrong with its description', () => {
    const { code, message } = negotiationError(new SdpError('it has no media'));
    assert.deepEqual([code, message], ['BAD_REQUEST', 'The session description is malformed: it has no media']);
  });

  it('is any other error as it is', () => {
    const error = new MoonshareError('RATE_LIMITED');
    assert.equal(negotiationError(error), error);
    assert.equal(negotiationError(new TypeError('a bug')).code, 'INTERNAL');
  });
});
