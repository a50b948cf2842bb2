import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk, DataChunk, SackChunk } from './chunk.ts';
import { plus } from './serial.ts';
import { RawSctpPeer } from './testing/raw.ts';
import type { Delivery } from './types.ts';

/** A peer that receives by hand. */
class RawReceiver extends RawSctpPeer {
  /** What it sends when asked to send a message. */
  message(text: string | Uint8Array, delivery: Delivery = { ordered: true }, stream = 0): Chunk[] {
    const output = this.association.send(stream, 51, Buffer.from(text as string), delivery, this.now);
    assert.ok(output.accepted);
    return this.take(output);
  }

  /** What it sends when told that `count` chunks have arrived, and these beyond. */
  sack(count: number, gaps: SackChunk['gaps'] = [], window = 100_000): Chunk[] {
    return this.send({ type: 'sack', cumulative: plus(this.tsn, count - 1), window, gaps, duplicates: [] });
  }
}

const connected = (fields: Parameters<RawSctpPeer['connect']>[0] = {}) =>
  new RawReceiver().connect(fields) as RawReceiver;
const texts = (chunks: Chunk[]) => chunks.flatMap((chunk) => (chunk.type === 'data' ? [`${chunk.payload}`] : []));
const dataIn = (chunks: Chunk[]) => chunks.filter((chunk): chunk is DataChunk => chunk.type === 'data');

test('a long message leaves in full packets, and ends in one of what is left', () => {
  const peer = connected();
  const chunks = dataIn(peer.message(Buffer.alloc(3000)));
  assert.deepEqual(
    chunks.map(({ payload, begin, end }) => [payload.length, begin, end]),
    [
      [1132, true, false],
      [1132, false, false],
      [736, false, true],
    ],
  );
});

test('the congestion window holds: four packets at first, and one more for each SACK', () => {
  const peer = connected({ window: 1_000_000 });
  let total = dataIn(peer.message(Buffer.alloc(60_000))).length;
  assert.equal(total, 4);
  for (const expected of [5, 6, 7]) {
    const sent: number = dataIn(peer.sack(total)).length;
    assert.equal(sent, expected);
    total += sent;
  }
  assert.equal(dataIn(peer.wait(500)).length, 1, 'after a timeout, one');
  assert.equal(dataIn(peer.sack(total - 6)).length, 2);
});

test('nothing beyond the peer’s window, but one chunk when it is full, after ever longer waits', () => {
  const peer = connected({ window: 2000 });
  assert.equal(dataIn(peer.message(Buffer.alloc(10_000))).length, 1);
  assert.equal(dataIn(peer.sack(1, [], 0)).length, 1, 'one to find out');
  const waits: number[] = [];
  for (let since = peer.now; waits.length < 30; ) {
    const probes = dataIn(peer.wait(100));
    if (probes.length === 0) continue;
    assert.deepEqual(
      probes.map(({ tsn }) => tsn),
      [plus(peer.tsn, 1)],
    );
    waits.push(peer.now - since);
    since = peer.now;
    assert.deepEqual(peer.sack(1, [], 0), []);
  }
  assert.ok(waits.at(-1)! >= 400);
  assert.equal(peer.association.isClosed, false, 'it answers, so it lives');
  assert.ok(peer.association.statistics.heldBytes < 12_000);
  assert.ok(dataIn(peer.sack(2, [], 100_000)).length > 0, 'it goes on');
});

test('what a full receiver makes us keep is bounded', () => {
  const peer = new RawReceiver({ sendLimit: 10_000 }).connect({ window: 0 }) as RawReceiver;
  let accepted = 0;
  for (let index = 0; index < 1000; index++) {
    if (peer.association.send(0, 51, Buffer.alloc(10), { ordered: true }, peer.now).accepted) accepted += 1;
  }
  assert.ok(accepted <= 140 && accepted > 100, `${accepted}`);
  assert.ok(peer.association.statistics.heldBytes <= 10_000);
});

test('old messages that may not be sent any more make room for new ones', () => {
  const peer = new RawReceiver({ sendLimit: 10_000 }).connect({ window: 0 }) as RawReceiver;
  const send = () => peer.association.send(0, 51, Buffer.alloc(1000), { ordered: true, maxLifetimeMs: 50 }, peer.now);
  while (send().accepted);
  peer.now += 51;
  assert.ok(send().accepted);
});

test('a peer that answers nothing is given up, after eleven timeouts', () => {
  const peer = connected();
  peer.message('x');
  const again = texts(peer.wait(300_000));
  assert.equal(again.length, 10);
  const last = peer.events.at(-1);
  assert.deepEqual(last, { type: 'closed', reason: 'timeout', detail: 'the peer stopped acknowledging' });
  assert.equal(peer.wakeAt, Number.POSITIVE_INFINITY);
});

test('three reports of later ones and a message is sent again, once; a third loss of it too without a timeout', () => {
  const peer = connected();
  const messages = (count: number) => {
    for (let index = 0; index < count; index++) peer.message('later');
  };
  peer.message('lost');
  messages(3);
  assert.deepEqual(texts(peer.sack(0, [[2, 2]])), []);
  assert.deepEqual(texts(peer.sack(0, [[2, 3]])), []);
  peer.now += 5;
  assert.deepEqual(texts(peer.sack(0, [[2, 4]])), ['lost']);
  assert.deepEqual(texts(peer.sack(0, [[2, 4]])), [], 'the same again');
  peer.now += 5;
  messages(3);
  assert.deepEqual(texts(peer.sack(0, [[2, 5]])), []);
  assert.deepEqual(texts(peer.sack(0, [[2, 6]])), []);
  assert.deepEqual(texts(peer.sack(0, [[2, 7]])), ['lost'], 'what was sent after it has arrived');
});

test('reports of what was sent before a retransmission say nothing about it', () => {
  const peer = connected();
  peer.message('lost');
  for (let index = 0; index < 6; index++) peer.message('later');
  for (const last of [2, 3]) peer.sack(0, [[2, last]]);
  peer.now += 5;
  assert.deepEqual(texts(peer.sack(0, [[2, 4]])), ['lost']);
  for (const last of [5, 6, 7]) assert.deepEqual(texts(peer.sack(0, [[2, last]])), []);
});

test('no more than 4096 chunks are under way, however small', () => {
  const peer = connected({ window: 10_000_000 });
  let sent = 0;
  let acknowledged = 0;
  let most = 0;
  for (let round = 0; round < 150; round++) {
    for (let index = 0; index < 90; index++) sent += dataIn(peer.message('x', { ordered: false })).length;
    acknowledged += 40;
    sent += dataIn(
      peer.send({
        type: 'sack',
        cumulative: plus(peer.tsn, acknowledged - 1),
        window: 10_000_000,
        gaps: [],
        duplicates: [],
      }),
    ).length;
    most = Math.max(most, sent - acknowledged);
  }
  assert.equal(most, 4096);
});

test('what a receiver has reported and then dropped is sent again', () => {
  const peer = connected();
  for (const text of ['a', 'b', 'c']) peer.message(text);
  peer.sack(0, [[2, 3]]);
  peer.sack(0, []);
  const again = texts(peer.wait(500));
  assert.deepEqual(again, ['a', 'b', 'c']);
});

test('a SACK of what was never sent, or of what is older, changes nothing', () => {
  const peer = connected();
  for (const text of ['a', 'b']) peer.message(text);
  peer.sack(1);
  const held = peer.association.statistics.heldBytes;
  for (const answer of [peer.sack(3), peer.sack(0), peer.sack(1, [[2, 2]]), peer.sack(0x9000_0000)])
    assert.deepEqual(answer, []);
  assert.equal(peer.association.statistics.heldBytes, held);
  peer.sack(1, [
    [5, 1],
    [0, 0],
  ]);
  assert.equal(peer.association.statistics.heldBytes, held);
  peer.sack(2);
  assert.equal(peer.association.statistics.heldBytes, 0);
  assert.equal(peer.wakeAt, Number.POSITIVE_INFINITY);
});

test('a message that may not be sent again is given up: FORWARD-TSN says so, and again until it is acknowledged', () => {
  const peer = connected();
  peer.message('a', { ordered: true, maxRetransmits: 0 }, 5);
  peer.message('b', { ordered: false, maxRetransmits: 0 }, 6);
  const forward: Chunk = { type: 'forwardTsn', cumulative: plus(peer.tsn, 1), skipped: [{ stream: 5, ssn: 0 }] };
  assert.deepEqual(peer.wait(550), [forward]);
  assert.deepEqual(peer.sack(0), [], 'but not at every opportunity');
  assert.deepEqual(peer.wait(1000), [forward]);
  peer.sack(2);
  assert.equal(peer.association.statistics.heldBytes, 0);
  assert.deepEqual(peer.wait(10_000), []);
});

test('a peer that does not know FORWARD-TSN gets everything', () => {
  const peer = connected({ parameters: [] });
  peer.message('a', { ordered: true, maxRetransmits: 0 });
  assert.deepEqual(texts(peer.wait(550)), ['a']);
});

test('of a message that is given up while it is being sent, the rest is not sent', () => {
  const peer = connected({ window: 3000 });
  assert.equal(dataIn(peer.message(Buffer.alloc(50_000), { ordered: true, maxLifetimeMs: 100 })).length, 2);
  peer.message('next');
  const after = peer.wait(500);
  assert.deepEqual(
    after.map(({ type }) => type),
    ['forwardTsn', 'data'],
  );
  assert.deepEqual(texts(after), ['next']);
  // The peer may have the two packets that were sent, so it has to hear of a third.
  assert.deepEqual(after[0], { type: 'forwardTsn', cumulative: plus(peer.tsn, 2), skipped: [{ stream: 0, ssn: 0 }] });
  assert.equal(dataIn(after)[0]?.tsn, plus(peer.tsn, 3));
  assert.deepEqual(
    peer.events.map(({ type }) => type),
    ['connected', 'drained', 'drained'].slice(0, peer.events.length),
  );
  assert.equal(peer.association.bufferedAmount(0), 0);
});

test('a message is not begun after its time', () => {
  const peer = connected({ window: 0 });
  peer.message(Buffer.alloc(1000));
  peer.message('old', { ordered: true, maxLifetimeMs: 50 });
  peer.message('new');
  peer.now += 60;
  const [next] = dataIn(peer.sack(1));
  assert.deepEqual([`${next?.payload}`, next?.ssn], ['new', 1], 'and takes no number');
});

test('no SACK makes a sender throw, send without bound or wake in the past', () => {
  const peer = connected();
  let seed = 1;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (seed >>> 8) % limit;
  };
  for (let step = 0; step < 3000 && !peer.association.isClosed; step++) {
    const delivery = { ordered: random(2) === 0, ...(random(2) === 0 ? { maxRetransmits: random(2) } : {}) };
    peer.take(peer.association.send(random(3), 51, Buffer.alloc(1 + random(3000)), delivery, peer.now));
    const gaps = Array.from({ length: random(4) }, () => [random(12), random(12)] as [number, number]);
    const chunks = peer.sack(random(20), gaps, random(3) * 3000);
    assert.ok(chunks.length < 300);
    peer.tsn = plus(peer.tsn, random(3));
    peer.wait(random(300));
    assert.ok(peer.wakeAt > peer.now);
  }
});
