import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { countRtcpParts, parseRtcp } from './parse.ts';
import { buildTransportFeedback } from './testing/build-transport-feedback.ts';
import { MAX_REPORTED_PACKETS, parseTransportFeedback } from './transport-feedback.ts';

/** In steps of the format, within what a delta can say. */
const arrivals = fc
  .array(fc.option(fc.integer({ min: -800, max: 8000 }), { nil: null }), { minLength: 1, maxLength: 300 })
  .map((gaps) => {
    let at = 1_000_000;
    return gaps.map((gap) => {
      if (gap === null) return Number.NaN;
      at += gap * 0.25;
      return at;
    });
  });

describe('transport-wide feedback', () => {
  it('is read as it was written, alone and in a compound packet', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), arrivals, (base, times) => {
        const part = buildTransportFeedback({ base, arrivals: times });
        const expected = { kind: 'transportFeedback', base, arrivals: Float64Array.from(times) };
        assert.deepEqual(parseTransportFeedback(part), expected);
        assert.deepEqual(parseRtcp(Buffer.concat([part, part])), [expected, expected]);
      }),
    );
  });

  it('is read as the draft lays it out', () => {
    // Three packets, of which the second is missing: a vector of one-bit symbols, two small deltas.
    const part = Buffer.from('8fcd0005fa17fa17fa17fa17fffe000300001a07a80004fc', 'hex');
    assert.deepEqual(parseTransportFeedback(part), {
      kind: 'transportFeedback',
      base: 0xfffe,
      arrivals: Float64Array.of(26 * 64 + 1, Number.NaN, 26 * 64 + 64),
    });
  });

  it('that is cut, about nothing or about too much is left out', () => {
    const part = buildTransportFeedback({ base: 7, arrivals: Array.from({ length: 40 }, (_, at) => at * 100) });
    for (let length = 0; length < part.length - 3; length += 1)
      assert.equal(parseTransportFeedback(part.subarray(0, length)), null, `${length} bytes`);
    for (const count of [0, MAX_REPORTED_PACKETS + 1, 0xffff]) {
      part.writeUInt16BE(count, 14);
      assert.equal(parseTransportFeedback(part), null, `about ${count}`);
    }
    // A run of nothing would never end, and the kind that is reserved has no known length.
    for (const chunk of ['0000', '6001', 'f000']) {
      const odd = Buffer.from(`8fcd00050000000000000000000000010000000 0${chunk}0000`.replace(' ', ''), 'hex');
      assert.equal(parseTransportFeedback(odd), null, chunk);
    }
  });

  it('counts for as much as it takes to read', () => {
    const about = (count: number) =>
      buildTransportFeedback({ base: 0, arrivals: Array.from({ length: count }, () => Number.NaN) });
    assert.equal(countRtcpParts(about(99)), 1);
    assert.equal(countRtcpParts(Buffer.concat([about(250), about(1)])), 4);
    // More than is read takes no longer.
    const huge = about(1);
    huge.writeUInt16BE(0xffff, 14);
    assert.equal(countRtcpParts(huge), 41);
    for (let length = 0; length < huge.length; length += 1) countRtcpParts(huge.subarray(0, length));
  });

  it('never throws, and is about no more than it may', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(0x1fff), (bytes, count) => {
        const part = Buffer.from(bytes);
        if (part.length >= 16) part.writeUInt16BE(count, 14);
        const feedback = parseTransportFeedback(part);
        assert.ok(feedback === null || feedback.arrivals.length <= MAX_REPORTED_PACKETS);
      }),
    );
  });
});
