import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SctpAssociation } from '../sctp/association.ts';
import { seededBytes } from '../sctp/testing/pair.ts';
import { TestWire } from '../sctp/testing/wire.ts';
import { type DataChannelOptions, SctpDataChannels } from './data-channels.ts';
import { encodeDcepOpen, PPID, readDcep } from './message.ts';
import type { ChannelEvent } from './types.ts';

class ChannelPair {
  readonly a: SctpDataChannels;
  readonly b: SctpDataChannels;
  readonly associations: { a: SctpAssociation; b: SctpAssociation };
  readonly wire: TestWire<ChannelEvent>;

  /** `a` is the DTLS client. */
  constructor(options: Partial<DataChannelOptions> = {}) {
    this.associations = {
      a: new SctpAssociation({ role: 'client', random: seededBytes(1) }),
      b: new SctpAssociation({ role: 'server', random: seededBytes(2) }),
    };
    this.a = new SctpDataChannels({ association: this.associations.a, dtlsRole: 'client', ...options });
    this.b = new SctpDataChannels({ association: this.associations.b, dtlsRole: 'server', ...options });
    this.wire = new TestWire<ChannelEvent>(this.a, this.b);
    this.wire.apply('a', this.a.start(0));
    this.wire.apply('b', this.b.start(0));
  }

  static connected(options: Partial<DataChannelOptions> = {}): ChannelPair {
    const pair = new ChannelPair(options);
    pair.wire.run(100);
    return pair;
  }

  create(side: 'a' | 'b', options: Parameters<SctpDataChannels['create']>[0]): number {
    const { channel } = this.wire.apply(side, this[side].create(options, this.wire.now));
    assert.ok(channel !== null);
    return channel;
  }

  send(side: 'a' | 'b', channel: number, data: string | Uint8Array): boolean {
    return this.wire.apply(side, this[side].send(channel, data, this.wire.now)).accepted;
  }

  close(side: 'a' | 'b', channel: number): void {
    this.wire.apply(side, this[side].close(channel, this.wire.now));
  }

  /** What happened to a channel, as short texts. */
  story(side: 'a' | 'b', channel: number): string[] {
    return this.wire.events[side].flatMap((event) => {
      if (!('channel' in event) || event.channel !== channel || event.type === 'drained') return [];
      if (event.type === 'message')
        return [typeof event.data === 'string' ? `text ${event.data}` : `bytes ${[...event.data]}`];
      return [event.type === 'opened' ? `opened by ${event.by}` : event.type];
    });
  }
}

test('a channel has the same properties on both sides', () => {
  const pair = ChannelPair.connected();
  for (const properties of [
    { label: 'plain', protocol: '', ordered: true },
    { label: 'größe', protocol: 'p', ordered: false, maxRetransmits: 0 },
    { label: '', protocol: '', ordered: true, maxLifetimeMs: 70_000 },
  ]) {
    const channel = pair.create('a', properties);
    pair.wire.run(100);
    const opened = { type: 'opened', channel, ...properties };
    const seen = (side: 'a' | 'b') => pair.wire.events[side].filter((event) => event.type === 'opened').at(-1);
    assert.deepEqual(seen('b'), { ...opened, by: 'them' });
    assert.deepEqual(seen('a'), { ...opened, by: 'us' });
  }
});

test('the DTLS client has even numbers, the server odd ones', () => {
  const pair = ChannelPair.connected();
  assert.deepEqual([pair.create('a', { label: '' }), pair.create('a', { label: '' })], [64, 66]);
  assert.deepEqual([pair.create('b', { label: '' }), pair.create('b', { label: '' })], [65, 67]);
});

test('a peer that takes the lowest numbers of the wrong parity meets none of ours', () => {
  const pair = ChannelPair.connected();
  const { a } = pair.associations;
  const open = encodeDcepOpen({ label: 'odd', protocol: '', ordered: true });
  const ours = pair.create('b', { label: 'ours' });
  for (const channel of [1, 3, 5])
    pair.wire.apply('a', a.send(channel, PPID.dcep, open, { ordered: true }, pair.wire.now) as never);
  pair.wire.run(5000);
  assert.deepEqual(pair.story('b', ours), ['opened by us']);
  for (const channel of [1, 3, 5]) assert.deepEqual(pair.story('b', channel), ['opened by them']);
});

test('text, bytes and empty messages arrive as what they are', () => {
  const pair = ChannelPair.connected();
  const channel = pair.create('a', { label: 'x' });
  pair.wire.run(100);
  for (const message of ['hä', '', new Uint8Array([1, 2]), new Uint8Array(0)])
    assert.ok(pair.send('b', channel, message));
  pair.wire.run(100);
  assert.deepEqual(pair.story('a', channel), ['opened by us', 'text hä', 'text ', 'bytes 1,2', 'bytes ']);
});

test('a channel may be created, used and closed before the association is connected', () => {
  const pair = new ChannelPair();
  const [used, closed] = [pair.create('b', { label: 'used' }), pair.create('b', { label: 'closed' })];
  assert.ok(pair.send('b', used, 'early'));
  pair.close('b', closed);
  pair.wire.run(1000);
  assert.deepEqual(pair.story('a', used), ['opened by them', 'text early']);
  assert.deepEqual(pair.story('a', closed), ['opened by them', 'closed']);
  assert.deepEqual([pair.story('b', used), pair.story('b', closed)], [['opened by us'], ['closed']]);
  assert.equal(pair.create('b', { label: '' }), closed, 'its number is free again');
});

test('messages of an unordered channel do not overtake its opening', () => {
  const pair = ChannelPair.connected();
  let count = 0;
  pair.wire.outcome = (_, from) => [from === 'a' && count++ === 0 ? 40 : 10];
  const channel = pair.create('a', { label: 'pointer', ordered: false, maxRetransmits: 0 });
  pair.send('a', channel, 'first');
  pair.wire.run(1000);
  assert.deepEqual(pair.story('b', channel), ['opened by them', 'text first']);
});

test('on an unordered channel nothing waits for what was lost, and without retransmissions it stays lost', () => {
  const pair = ChannelPair.connected();
  const channel = pair.create('a', { label: 'pointer', ordered: false, maxRetransmits: 0 });
  pair.wire.run(100);
  pair.wire.outcome = () => [];
  pair.send('a', channel, 'lost');
  pair.wire.outcome = () => [10];
  pair.send('a', channel, 'second');
  pair.wire.run(10);
  assert.deepEqual(pair.story('b', channel), ['opened by them', 'text second']);
  pair.wire.run(10_000);
  assert.deepEqual(pair.story('b', channel), ['opened by them', 'text second']);
  assert.equal(pair.associations.a.statistics.heldBytes, 0);
});

test('closing delivers what is queued, then ends the channel once on each side, and frees its number', () => {
  for (const closer of ['a', 'b'] as const) {
    const pair = ChannelPair.connected();
    const channel = pair.create('a', { label: 'x' });
    pair.wire.run(100);
    pair.send(closer, channel, 'x'.repeat(50_000));
    pair.send(closer, channel, 'last');
    pair.close(closer, channel);
    pair.close(closer, channel);
    assert.equal(pair.send(closer, channel, 'too late'), false);
    pair.wire.run(3000);
    const other = closer === 'a' ? 'b' : 'a';
    assert.equal(pair.story(closer, channel).at(-1), 'closed');
    assert.deepEqual(pair.story(other, channel).slice(-2), ['text last', 'closed']);
    for (const side of ['a', 'b'] as const) {
      assert.equal(pair.story(side, channel).filter((what) => what === 'closed').length, 1);
      assert.equal(pair[side].size, 0);
    }
    assert.equal(pair.create('a', { label: 'again' }), channel);
    pair.send('a', channel, 'new');
    pair.wire.run(1000);
    assert.deepEqual(pair.story('b', channel).slice(-2), ['opened by them', 'text new']);
  }
});

test('both sides may close a channel at once, and any packet of it may be lost', () => {
  for (let lost = 0; lost < 12; lost++) {
    const pair = ChannelPair.connected();
    const channel = pair.create('a', { label: 'x' });
    pair.wire.run(100);
    let count = 0;
    pair.wire.outcome = () => (count++ === lost ? [] : [10]);
    pair.send('a', channel, 'one');
    pair.send('b', channel, 'two');
    pair.close('a', channel);
    if (lost % 2 === 0) pair.close('b', channel);
    pair.wire.run(10_000);
    for (const side of ['a', 'b'] as const) {
      assert.equal(pair.story(side, channel).filter((what) => what === 'closed').length, 1, `packet ${lost}`);
      assert.equal(pair.story(side, channel).at(-1), 'closed', `packet ${lost}`);
    }
    assert.equal(pair.create('a', { label: 'again' }), channel, `packet ${lost}`);
    pair.wire.run(1000);
    assert.equal(pair.story('b', channel).at(-1), 'opened by them', `packet ${lost}`);
  }
});

test('the peer has no more channels than we allow, and those it has work on', () => {
  const pair = ChannelPair.connected({ maxChannels: 8 });
  const associations = pair.associations;
  const first = pair.create('b', { label: 'ours' });
  pair.wire.run(100);
  // One that does not care for its own limit.
  const greedy = new SctpDataChannels({ association: associations.a, dtlsRole: 'client', maxChannels: 500 });
  const opened: number[] = [];
  for (let index = 0; index < 100; index++) {
    const output = greedy.create({ label: `${index}` }, pair.wire.now);
    pair.wire.apply('a', output);
    opened.push(output.channel!);
  }
  pair.wire.run(5000);
  assert.equal(pair.b.size, 8);
  assert.deepEqual(
    pair.wire.events.b.flatMap((event) => (event.type === 'opened' && event.by === 'them' ? [event.channel] : [])),
    opened.slice(0, 7),
  );
  assert.equal(pair.wire.apply('b', pair.b.create({ label: 'more' }, pair.wire.now)).channel, null);
  assert.ok(pair.send('b', first, 'still here'));
});

test('a channel of the wrong parity works; if both sides use its number, it is closed', () => {
  const pair = ChannelPair.connected();
  const { a } = pair.associations;
  const open = encodeDcepOpen({ label: 'odd', protocol: '', ordered: true });
  const ours = pair.create('b', { label: 'ours' });
  pair.wire.run(100);
  for (const channel of [ours, 5]) {
    pair.wire.apply('a', a.send(channel, PPID.dcep, open, { ordered: true }, pair.wire.now) as never);
  }
  pair.wire.run(5000);
  assert.deepEqual(pair.story('b', ours), ['opened by us', 'closed']);
  assert.deepEqual(pair.story('b', 5), ['opened by them']);
});

test('when the association ends, so does every channel, once', () => {
  const pair = ChannelPair.connected();
  const channels = [pair.create('a', { label: '' }), pair.create('b', { label: '' })];
  pair.wire.run(100);
  pair.wire.apply('a', pair.a.end(pair.wire.now));
  pair.wire.run(100);
  for (const side of ['a', 'b'] as const) {
    for (const channel of channels)
      assert.equal(pair.story(side, channel).filter((what) => what === 'closed').length, 1);
    assert.equal(pair.wire.events[side].at(-1)?.type, 'ended');
    assert.equal(pair.send(side, 0, 'x'), false);
    assert.equal(pair.wire.apply(side, pair[side].create({ label: '' }, pair.wire.now)).channel, null);
  }
});

test('a channel says when all that was queued has left', () => {
  const pair = ChannelPair.connected();
  const channel = pair.create('a', { label: 'x' });
  pair.wire.run(100);
  pair.wire.events.a.length = 0;
  pair.send('a', channel, 'x'.repeat(60_000));
  const buffered = pair.a.bufferedAmount(channel);
  assert.ok(buffered > 50_000 && buffered < 60_000, `${buffered}`);
  assert.deepEqual(pair.wire.events.a, []);
  pair.wire.run(1000);
  assert.deepEqual(pair.wire.events.a, [{ type: 'drained', channel }]);
  assert.equal(pair.a.bufferedAmount(channel), 0);
});

test('a peer that reads nothing gets a bounded queue', () => {
  const pair = ChannelPair.connected();
  const channel = pair.create('a', { label: 'x' });
  pair.wire.run(100);
  pair.wire.outcome = () => [];
  let accepted = 0;
  for (let index = 0; index < 3000; index++) if (pair.send('a', channel, 'x'.repeat(1000))) accepted += 1;
  assert.ok(accepted < 1100, `${accepted}`);
  assert.ok(pair.associations.a.statistics.heldBytes <= 1024 * 1024);
  assert.equal(pair.send('a', channel, 'x'.repeat(70_000)), false, 'longer than a message may be');
});

for (const [what, hex] of [
  ['nothing', ''],
  ['another type', '04'],
  ['a short OPEN', '0300000000000000000000'],
  ['a label beyond the end', '030000000000000000020000' + '61'],
  ['bytes after its names', '030000000000000000010000' + '6161'],
  ['an unknown kind', '030300000000000000000000'],
  ['a label of 1025 bytes', `030000000000000004010000${'61'.repeat(1025)}`],
] as const) {
  test(`a DCEP message is refused that is ${what}`, () => {
    assert.equal(readDcep(Buffer.from(hex, 'hex')), null);
  });
}

test('messages without a channel, of unknown kinds and malformed openings are counted and dropped', () => {
  const pair = ChannelPair.connected();
  const { a } = pair.associations;
  const send = (stream: number, ppid: number) =>
    pair.wire.apply('a', a.send(stream, ppid, Buffer.from('x'), { ordered: true }, pair.wire.now) as never);
  const channel = pair.create('b', { label: 'x' });
  pair.wire.run(100);
  send(8, PPID.text);
  send(8, PPID.dcep);
  send(channel, 99);
  pair.wire.run(100);
  assert.equal(pair.b.dropped, 3);
  assert.deepEqual(pair.story('b', channel), ['opened by us']);
});

test('a label of more than 1024 bytes is an error of the caller', () => {
  const pair = ChannelPair.connected();
  assert.throws(() => pair.a.create({ label: 'x'.repeat(1025) }, 0), RangeError);
});
