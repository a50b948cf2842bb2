import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MediaTickets } from './media-tickets.ts';

test('a ticket admits the viewer that asked for it, once', () => {
  const tickets = new MediaTickets();
  const [a, b] = [tickets.issue('a', 0), tickets.issue('b', 0)];
  assert.deepEqual(tickets.redeem(b, 1), { outcome: 'admitted', peerId: 'b' });
  assert.deepEqual(tickets.redeem(b, 1), { outcome: 'unknown' });
  assert.deepEqual(tickets.redeem(a, 9_999), { outcome: 'admitted', peerId: 'a' });
});

test('a ticket is late after 10 s, and used up by the attempt', () => {
  const tickets = new MediaTickets();
  const ticket = tickets.issue('a', 500);
  assert.deepEqual(tickets.redeem(ticket, 10_500), { outcome: 'late' });
  assert.deepEqual(tickets.redeem(ticket, 501), { outcome: 'unknown' });
});

test('a ticket is worth nothing with another streamer', () => {
  const [one, other] = [new MediaTickets(), new MediaTickets()];
  const ticket = one.issue('a', 0);
  other.issue('a', 0);
  assert.deepEqual(other.redeem(ticket, 0), { outcome: 'unknown' });
  assert.deepEqual(one.redeem(ticket, 0), { outcome: 'admitted', peerId: 'a' });
});

test('a fifth ticket of a viewer replaces its first, and nobody else’s', () => {
  const tickets = new MediaTickets();
  const other = tickets.issue('b', 0);
  const own = [1, 2, 3, 4, 5].map((now) => tickets.issue('a', now));
  const outcomes = own.map((ticket) => tickets.redeem(ticket, 6).outcome);
  assert.deepEqual(outcomes, ['unknown', 'admitted', 'admitted', 'admitted', 'admitted']);
  assert.equal(tickets.redeem(other, 6).outcome, 'admitted');
});

type Step =
  | { do: 'issue'; peer: number }
  | { do: 'redeem'; ticket: number }
  | { do: 'forge'; of: number }
  | { do: 'leave'; peer: number }
  | { do: 'wait'; ms: number };

const peer = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('issue' as const), peer }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('redeem' as const), ticket: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forge' as const), of: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), peer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6_000 }) }) },
);

/** What a ticket is good for, told independently: the list of all that were ever issued. */
interface Issued {
  ticket: string;
  peerId: string;
  at: number;
  isSpent: boolean;
}

test('whatever happens, a ticket admits its own viewer while it is there, in time and once, and few are kept', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tickets = new MediaTickets();
      const issued: Issued[] = [];
      let now = 0;
      for (const next of steps) {
        if (next.do === 'wait') now += next.ms;
        if (next.do === 'issue') {
          const peerId = `p${next.peer}`;
          const open = issued.filter((one) => one.peerId === peerId && !one.isSpent);
          if (open.length === 4) open[0]!.isSpent = true;
          issued.push({ ticket: tickets.issue(peerId, now), peerId, at: now, isSpent: false });
        }
        if (next.do === 'leave') {
          tickets.gone(`p${next.peer}`);
          for (const one of issued) if (one.peerId === `p${next.peer}`) one.isSpent = true;
        }
        if (next.do === 'forge') {
          const { ticket } = issued[next.of] ?? { ticket: '' };
          assert.deepEqual(tickets.redeem(`${ticket}A`, now), { outcome: 'unknown' });
        }
        const one = next.do === 'redeem' ? issued[next.ticket] : undefined;
        if (one !== undefined) {
          const isLate = now >= one.at + 10_000;
          const fresh = isLate ? { outcome: 'late' } : { outcome: 'admitted', peerId: one.peerId };
          assert.deepEqual(tickets.redeem(one.ticket, now), one.isSpent ? { outcome: 'unknown' } : fresh);
          one.isSpent = true;
        }
        assert.equal(tickets.size, issued.filter(({ isSpent }) => !isSpent).length);
        assert.ok(tickets.size <= 4 * 6);
      }
    }),
  );
});
