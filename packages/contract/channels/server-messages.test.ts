import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseGeneralMessage } from '../shapes/server-signals.ts';
import { decodeFeedback, encodeFeedback } from './feedback.ts';
import { channelOptions } from './labels.ts';

describe('server messages', () => {
  it('writes rumble and trigger rumble as the older front ends read them', () => {
    assert.equal(
      Buffer.from(encodeFeedback({ kind: 'rumble', id: 2, low: 0x1234, high: 0x5678 })).toString('hex'),
      '000212345678',
    );
    assert.equal(
      Buffer.from(encodeFeedback({ kind: 'triggerRumble', id: 3, left: 1, right: 0xffff })).toString('hex'),
      '01030001ffff',
    );
  });

  it('decodes feedback back to what was encoded', () => {
    const u16 = fc.integer({ min: 0, max: 0xffff });
    const id = fc.integer({ min: 0, max: 15 });
    const feedback = fc.oneof(
      fc.record({ kind: fc.constant('rumble' as const), id, low: u16, high: u16 }),
      fc.record({ kind: fc.constant('triggerRumble' as const), id, left: u16, right: u16 }),
    );
    fc.assert(fc.property(feedback, (value) => assert.deepEqual(decodeFeedback(encodeFeedback(value)), { ...value })));
  });

  it('returns null for short or unknown feedback', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 5 }), (bytes) => assert.equal(decodeFeedback(bytes), null)));
    assert.equal(decodeFeedback(Uint8Array.of(2, 0, 0, 0, 0, 0)), null);
  });

  it('parses general messages and nothing else', () => {
    assert.equal(parseGeneralMessage('"ConnectionTerminated"'), 'ConnectionTerminated');
    assert.deepEqual(parseGeneralMessage('{"ConnectionStatusUpdate":{"status":"Poor"}}'), {
      ConnectionStatusUpdate: { status: 'Poor' },
    });
    assert.deepEqual(parseGeneralMessage('{"StageStarting":{"stage":"video"}}'), { StageStarting: { stage: 'video' } });
    for (const text of ['', 'null', '{', '"Other"', '{"ConnectionStatusUpdate":{"status":"Bad"}}'])
      assert.equal(parseGeneralMessage(text), null, text);
  });

  it('makes only controller channels unreliable', () => {
    assert.deepEqual(channelOptions('controller3'), { ordered: true, maxRetransmits: 0 });
    assert.deepEqual(channelOptions('controllers'), { ordered: true });
    assert.deepEqual(channelOptions('mouse'), { ordered: true });
  });
});
