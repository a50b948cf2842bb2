import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewerInput } from '@moonshare/contract';
import { TextQueues } from './text-queues.ts';

const text = (content: string): ViewerInput => ({ kind: 'text', text: content });
const key = (down: boolean): ViewerInput => ({ kind: 'key', down, modifiers: 0, virtualKey: 13 });
const move: ViewerInput = { kind: 'mouseMove', dx: 1, dy: 0 };

/** The budget of viewers: 4096 at once and 2000 a second, releases free. */
function setUp() {
  const left = new Map<string, { left: number; at: number }>();
  const queues = new TextQueues((viewer, event, now) => {
    const account = left.get(viewer) ?? { left: 4096, at: now };
    left.set(viewer, account);
    account.left = Math.min(4096, account.left + (now - account.at) * 2);
    account.at = now;
    const cost = event.kind === 'text' ? event.text.length : event.kind === 'key' && !event.down ? 0 : 1;
    if (cost > account.left) return false;
    account.left -= cost;
    return true;
  });
  let wakeAt = Number.POSITIVE_INFINITY;
  const offer = (viewer: string, event: ViewerInput, now: number) => {
    const output = queues.offer(viewer, event, now);
    wakeAt = output.wakeAt;
    const [outcome] = output.events;
    return outcome === undefined ? 'later' : outcome.isRefused ? 'refused' : 'now';
  };
  const drain = (): { sent: ViewerInput[]; at: number } => {
    const sent: ViewerInput[] = [];
    let at = 0;
    while (wakeAt !== Number.POSITIVE_INFINITY) {
      assert.ok(wakeAt > at);
      at = wakeAt;
      const output = queues.advance(at);
      wakeAt = output.wakeAt;
      sent.push(...output.events.map(({ event }) => event));
    }
    return { sent, at };
  };
  return { queues, offer, drain };
}

const typed = (events: readonly ViewerInput[]): string =>
  events
    .map((event) => (event.kind === 'text' ? event.text : event.kind === 'key' ? (event.down ? '<' : '>') : '.'))
    .join('');

test("a large paste is typed completely, in order, as fast as its viewer's budget allows", () => {
  const { offer, drain } = setUp();
  const pieces = Array.from({ length: 200 }, (_, index) => text(`${index},`.padEnd(250, 'x')));
  const now: ViewerInput[] = [];
  for (const piece of pieces) if (offer('a', piece, 0) === 'now') now.push(piece);
  assert.equal(now.length, 16);
  const { sent, at } = drain();
  assert.equal(typed([...now, ...sent]), typed(pieces));
  assert.ok(at > 22_000 && at < 25_000, String(at));
});

test('the Enter after a paste waits for it, the mouse and other viewers do not', () => {
  const { offer, drain } = setUp();
  offer('a', text('x'.repeat(4000)), 0);
  assert.equal(offer('a', text('y'.repeat(1000)), 0), 'later');
  assert.deepEqual([offer('a', key(true), 0), offer('a', key(false), 0)], ['later', 'later']);
  assert.equal(offer('a', move, 0), 'now');
  assert.deepEqual([offer('b', key(true), 0), offer('b', text('z'), 0)], ['now', 'now']);
  assert.equal(typed(drain().sent), `${'y'.repeat(1000)}<>`);
  assert.equal(offer('a', key(true), 60_000), 'now');
});

test('text that does not fit is refused, with everything after it, until the queue is empty', () => {
  const { queues, offer, drain } = setUp();
  const pieces = Array.from({ length: 80 }, () => text('x'.repeat(1000)));
  const verdicts = pieces.map((piece) => offer('a', piece, 0));
  const first = verdicts.indexOf('refused');
  assert.equal(first, 4 + 65);
  assert.ok(verdicts.slice(first).every((verdict) => verdict === 'refused'));
  // There is room again, but the queue is not empty.
  queues.advance(5000);
  assert.deepEqual([offer('a', text('tail'), 5000), offer('a', key(true), 5000)], ['refused', 'refused']);
  assert.equal(offer('a', key(false), 5000), 'later');
  drain();
  assert.equal(offer('a', text('next'), 100_000), 'now');
});

test('the number of waiting events is limited, and releases are not lost', () => {
  const { offer, drain } = setUp();
  offer('a', text('x'.repeat(4096)), 0);
  const verdicts = Array.from({ length: 5000 }, () => offer('a', text('y'), 0));
  assert.equal(verdicts.filter((verdict) => verdict === 'later').length, 4096);
  assert.equal(offer('a', key(false), 0), 'now');
  assert.equal(drain().sent.length, 4096);
});

test('a waiting press is dropped if its release overtakes it', () => {
  const { offer, drain } = setUp();
  offer('a', text('x'.repeat(4096)), 0);
  for (let waiting = 0; waiting < 4095; waiting += 1) offer('a', text('y'), 0);
  assert.equal(offer('a', key(true), 0), 'later');
  assert.notEqual(offer('a', key(false), 0), 'later');
  assert.ok(drain().sent.every(({ kind }) => kind === 'text'));
});

test('a flood of other input is refused, and a viewer that leaves stops typing', () => {
  const { queues, offer } = setUp();
  for (let times = 0; times < 4096; times += 1) assert.equal(offer('a', move, 0), 'now');
  assert.equal(offer('a', move, 0), 'refused');
  assert.equal(offer('a', key(true), 0), 'refused');
  offer('a', text('left'), 0);
  offer('b', text('x'.repeat(4096)), 0);
  offer('b', text('y'), 0);
  queues.forget('a');
  assert.deepEqual(
    queues.advance(10_000).events.map(({ viewer }) => viewer),
    ['b'],
  );
  offer('b', text('x'.repeat(4096)), 20_000);
  offer('b', text('y'), 20_000);
  queues.clear();
  assert.deepEqual(queues.advance(30_000), { events: [], wakeAt: Number.POSITIVE_INFINITY });
});

test('the next wake-up is for the viewer whose text may go first', () => {
  const { queues, offer } = setUp();
  for (const viewer of ['short', 'long']) offer(viewer, text('x'.repeat(4096)), 0);
  assert.equal(queues.offer('short', text('y'.repeat(100)), 0).wakeAt, 50);
  assert.equal(queues.offer('long', text('y'.repeat(1000)), 0).wakeAt, 50);
});
