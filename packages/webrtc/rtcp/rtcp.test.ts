import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { middle32, toNtp } from '../clock/ntp.ts';
import { parseRtcp } from './parse.ts';
import { buildSenderReport, roundTripMs } from './sender-report.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('RTCP of a receiver', () => {
  it('reports losses and when the last sender report came', () => {
    const block = '0a0b0c0d 40 00000a 00012345 00000011 abcd1234 00008000';
    assert.deepEqual(parseRtcp(hex(`81c90007 00000001 ${block}`)), [
      { kind: 'report', ssrc: 0x0a0b0c0d, fractionLost: 0.25, lastReport: 0xabcd1234, delaySinceLastReport: 0x8000 },
    ]);
    const sender = hex(`81c8000c 00000001 ${'00'.repeat(20)} ${block}`);
    assert.equal(parseRtcp(sender).length, 1);
  });

  it('asks for packets: a number and the sixteen after it, across the wrap', () => {
    assert.deepEqual(parseRtcp(hex('81cd0003 00000001 0a0b0c0d fffe 8003')), [
      { kind: 'nack', ssrc: 0x0a0b0c0d, sequences: [0xfffe, 0xffff, 0, 14] },
    ]);
  });

  it('asks for a key frame by PLI or by FIR', () => {
    assert.deepEqual(parseRtcp(hex('81ce0002 00000001 0a0b0c0d')), [{ kind: 'keyFrameRequest', ssrc: 0x0a0b0c0d }]);
    assert.deepEqual(parseRtcp(hex('84ce0004 00000001 00000000 0a0b0c0d 01000000')), [
      { kind: 'keyFrameRequest', ssrc: 0x0a0b0c0d },
    ]);
  });

  it('estimates its bandwidth', () => {
    const remb = (packed: string) => hex(`8fce0005 00000001 00000000 52454d42 01${packed} 0a0b0c0d`);
    assert.deepEqual(parseRtcp(remb('1b0d40')), [{ kind: 'estimate', bitsPerSecond: 0x30d40 * 2 ** 6 }]);
    assert.deepEqual(parseRtcp(remb('ffffff')), [{ kind: 'estimate', bitsPerSecond: 0x3ffff * 2 ** 63 }]);
    assert.deepEqual(parseRtcp(hex('8fce0004 00000001 00000000 41424344 01000000')), [], 'another application');
    assert.deepEqual(parseRtcp(hex('8fce0003 00000001 00000000 52454d42')), [], 'cut off');
  });

  it('comes in compound packets, whose unknown parts are skipped', () => {
    const compound = hex(
      '80c90001 00000001' + // empty report
        '81ca0002 00000001 01000000' + // SDES
        '8fce0005 00000001 00000000 41424344 01000000 0a0b0c0d' + // of an unknown application
        '8fcd0004 00000001 00000000 00000000 00000000' + // transport-wide feedback
        '81ce0002 00000001 0a0b0c0d',
    );
    assert.deepEqual(parseRtcp(compound), [{ kind: 'keyFrameRequest', ssrc: 0x0a0b0c0d }]);
  });

  it('ends at the first incomplete part', () => {
    for (const text of ['', '81', '81ce0002 00000001', '01ce0002 00000001 0a0b0c0d', '81cd0002 00000001 0a0b0c0d'])
      assert.deepEqual(parseRtcp(hex(text)), [], text);
    assert.equal(parseRtcp(hex('81ce0002 00000001 0a0b0c0d 81ceffff')).length, 1);
  });

  it('never throws and yields a limited number of sequence numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.constantFrom(200, 201, 205, 206), (bytes, type) => {
        const packet = Buffer.from(bytes);
        if (packet.length >= 4) {
          packet[0] = (packet[0]! & 0x1f) | 0x80;
          packet[1] = type;
          packet.writeUInt16BE(Math.floor(packet.length / 4) - 1, 2);
        }
        for (const message of parseRtcp(packet))
          if (message.kind === 'nack') assert.ok(message.sequences.length <= 1024 + 16);
      }),
    );
  });
});

describe('a sender report', () => {
  it('is written as in RFC 3550, with the name of the source', () => {
    const report = buildSenderReport({
      ssrc: 0x0a0b0c0d,
      ntp: { seconds: 0x11223344, fraction: 0x55667788 },
      rtpTimestamp: 0x99aabbcc,
      packets: 7,
      bytes: 2 ** 32 + 5,
      cname: 'abc',
    });
    assert.equal(
      report.toString('hex'),
      '80c800060a0b0c0d112233445566778899aabbcc00000007000000' + '0581ca00030a0b0c0d0103616263000000',
    );
    assert.deepEqual(parseRtcp(report), []);
  });

  it('gives the round trip from the receiver’s delay', () => {
    const sent = toNtp(1_700_000_000_000);
    const arrived = middle32(toNtp(1_700_000_000_350));
    assert.equal(Math.round(roundTripMs(arrived, middle32(sent), 65_536 / 4)!), 100);
    assert.equal(roundTripMs(arrived, 0, 0), null);
    assert.equal(roundTripMs(arrived, middle32(sent), 65_536), null);
    assert.equal(roundTripMs(middle32(sent), middle32(sent), 1), 0);
  });

  it('uses NTP time since 1900', () => {
    assert.deepEqual(toNtp(500), { seconds: 2_208_988_800, fraction: 2 ** 31 });
    assert.equal(middle32({ seconds: 0x11223344, fraction: 0x55667788 }), 0x33445566);
  });
});
