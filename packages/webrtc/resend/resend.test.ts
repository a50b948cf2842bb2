import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PacketHistory } from './packet-history.ts';
import { ResendBudget } from './resend-budget.ts';
import { SequenceWindow } from './sequence-window.ts';

const packet = (bytes: number, fill = 0) => Buffer.alloc(bytes, fill);

describe('the packet history', () => {
  it('returns packets by their running index', () => {
    const history = new PacketHistory();
    assert.equal(history.append([packet(1, 1), packet(1, 2)], 0), 0);
    assert.equal(history.append([packet(1, 3)], 10), 2);
    assert.deepEqual(
      [0, 1, 2].map((index) => history.get(index)?.[0]),
      [1, 2, 3],
    );
    assert.equal(history.get(3), undefined);
    assert.equal(history.get(-1), undefined);
  });

  it('keeps a frame of 5 MB for two seconds', () => {
    const history = new PacketHistory();
    const packets = Array.from({ length: 4300 }, () => packet(1200));
    assert.equal(history.append(packets, 0), 0);
    history.append([packet(1200)], 2000);
    assert.ok(history.get(0) && history.get(4299));
    history.append([packet(1200)], 2001);
    assert.equal(history.get(0), undefined);
  });

  it('drops packets beyond its limits of age, bytes and number', () => {
    const limits = { packets: 4, bytes: 100, ms: 1000 };
    const old = new PacketHistory(limits);
    old.append([packet(10)], 0);
    old.append([packet(10)], 1001);
    assert.equal(old.get(0), undefined);
    assert.ok(old.get(1));

    const large = new PacketHistory(limits);
    large.append([packet(60), packet(60)], 0);
    assert.equal(large.get(0), undefined);
    assert.ok(large.get(1));

    const many = new PacketHistory(limits);
    many.append(
      [1, 2, 3, 4, 5].map(() => packet(1)),
      0,
    );
    assert.equal(many.get(0), undefined);
    assert.ok(many.get(1) && many.get(4));
  });

  it('protocol/4 §7.12: stays within its limits, whatever comes', () => {
    const batch = fc.record({ sizes: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 30 }), wait: fc.nat(600) });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 40 }), (batches) => {
        const history = new PacketHistory({ packets: 16, bytes: 300, ms: 1000 });
        let now = 0;
        for (const { sizes, wait } of batches) {
          now += wait;
          const first = history.append(
            sizes.map((size) => packet(size)),
            now,
          );
          let held = 0;
          for (let index = 0; index < first + sizes.length; index += 1) held += history.get(index)?.length ?? 0;
          assert.equal(held, history.bytes);
          assert.ok(held <= 300);
        }
      }),
    );
  });
});

describe('the sequence window of a viewer', () => {
  it('numbers packets without gaps and finds them again, across the wrap', () => {
    const window = new SequenceWindow(0xfffe);
    const numbers = [40, 41, 42, 43].map((index) => window.advance(index, 1));
    assert.deepEqual(numbers, [0xfffe, 0xffff, 0, 1]);
    assert.deepEqual(
      numbers.map((sequence) => window.find(sequence)),
      [40, 41, 42, 43],
    );
  });

  it('finds nothing before its first packet, in the future, or before a frame the viewer missed', () => {
    const window = new SequenceWindow(100);
    assert.equal(window.find(100), null);
    window.advance(10, 1);
    window.advance(11, 1);
    assert.equal(window.find(99), null);
    assert.equal(window.find(102), null);
    assert.equal(window.advance(50, 1), 102);
    assert.equal(window.find(101), null);
    assert.equal(window.find(102), 50);
  });
});

describe('the packet history and the sequence window of a viewer', () => {
  it('return what was sent under a number or nothing, whichever frames the viewer missed', () => {
    const frame = fc.record({ packets: fc.integer({ min: 1, max: 30 }), isSent: fc.boolean(), wait: fc.nat(400) });
    fc.assert(
      fc.property(fc.nat(0xffff), fc.array(frame, { minLength: 1, maxLength: 40 }), (start, frames) => {
        const history = new PacketHistory({ packets: 64, bytes: 500, ms: 1000 });
        const window = new SequenceWindow(start);
        const sent = new Map<number, Buffer>();
        let now = 0;
        let isInSpan = false;
        for (const { packets: count, isSent, wait } of frames) {
          now += wait;
          const packets = Array.from({ length: count }, () => packet(10));
          const index = history.append(packets, now);
          if (isSent && !isInSpan) sent.clear();
          isInSpan = isSent;
          if (isSent) for (const [offset, each] of packets.entries()) sent.set(window.advance(index + offset, 1), each);
          for (let back = 0; back < 100; back += 1) {
            const sequence = (start + 600 - back) & 0xffff;
            const found = window.find(sequence);
            const again = found === null ? undefined : history.get(found);
            if (again !== undefined) assert.equal(again, sent.get(sequence));
          }
        }
        if (isInSpan) assert.ok([...sent.keys()].every((sequence) => window.find(sequence) !== null));
      }),
    );
  });
});

describe('the resend budget', () => {
  it('is limited, and grows with what is sent', () => {
    const budget = new ResendBudget();
    let resent = 0;
    while (budget.spend(1200, 0)) resent += 1200;
    assert.ok(resent > 120 * 1024 && resent <= 128 * 1024);
    budget.earn(2400, 0);
    for (const isAllowed of [true, true, false]) assert.equal(budget.spend(1200, 0), isAllowed);
  });

  it('covers a recent frame of 5 MB, but not for ever', () => {
    const budget = new ResendBudget();
    budget.earn(5_000_000, 900);
    assert.equal(budget.spend(5_000_000, 1900), true);
    const later = new ResendBudget();
    later.earn(5_000_000, 900);
    assert.equal(later.spend(128 * 1024 + 1, 3000), false);
    assert.equal(later.spend(128 * 1024, 3000), true);
  });

  it('never allows much more than twice of what was sent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ wait: fc.nat(800), sent: fc.nat(200_000), wanted: fc.nat(400_000) })),
        (steps) => {
          const budget = new ResendBudget();
          let [now, sent, resent] = [0, 0, 0];
          for (const step of steps) {
            now += step.wait;
            budget.earn(step.sent, now);
            sent += step.sent;
            if (budget.spend(step.wanted, now)) resent += step.wanted;
            // What was sent counts for two seconds at most, the base once in each.
            assert.ok(resent <= 2 * sent + (2 + now / 1000) * 128 * 1024);
          }
        },
      ),
    );
  });
});
