import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { WakeTimer } from '@moonshare/sans-io';
import { SCTP } from 'werift-sctp';
import { SctpAssociation } from './association.ts';
import type { SctpEvent } from './types.ts';

/** One of our associations and one of werift's, each with its own timers, and between them calls in place of a wire. */
function connect(role: 'client' | 'server') {
  const ours = new SctpAssociation({ role });
  const events = new EventEmitter();
  const transport = {
    onData: (_packet: Buffer): void => undefined,
    send: async (packet: Buffer) => {
      setImmediate(() => driver.take(ours.receive(packet, performance.now())));
    },
    close: () => undefined,
  };
  const driver = new WakeTimer<SctpEvent>(
    (now) => ours.advance(now),
    (event) => {
      if (event.type === 'send') setImmediate(() => transport.onData(Buffer.from(event.packet)));
      else events.emit(event.type, event);
    },
  );
  const theirs = role === 'client' ? SCTP.server(transport) : SCTP.client(transport);
  return { ours, theirs, driver, events };
}

for (const role of ['client', 'server'] as const) {
  test(`werift understands us, and we it, when we are the ${role}`, async (t) => {
    const { ours, theirs, driver, events } = connect(role);
    t.after(async () => {
      driver.stop();
      await theirs.stop();
    });
    const send = (stream: number, data: Buffer, ordered = true) => {
      const output = ours.send(stream, 53, data, { ordered }, performance.now());
      driver.take(output);
      assert.ok(output.accepted);
    };
    const connected = once(events, 'connected');
    const theirConnected = theirs.stateChanged.connected.asPromise(60_000);
    await theirs.start(5000);
    driver.take(ours.start(performance.now()));
    await Promise.all([connected, theirConnected]);

    const received: [number, number][] = [];
    const atTheirs = new Promise<void>((resolve) =>
      theirs.onReceive.subscribe((stream, _, data) => {
        if (received.push([stream, data.length]) === 40) resolve();
      }),
    );
    for (let index = 0; index < 40; index++) send(index % 4, Buffer.alloc(1 + 300 * index), index % 4 < 2);
    await atTheirs;
    for (const stream of [0, 1]) {
      const lengths = received.filter(([id]) => id === stream).map(([, length]) => length);
      assert.deepEqual(
        lengths,
        Array.from({ length: 10 }, (_, turn) => 1 + 300 * (4 * turn + stream)),
      );
    }

    const lengths: number[] = [];
    const atOurs = new Promise<void>((resolve) =>
      events.on('message', ({ data }: { data: Uint8Array }) => {
        if (lengths.push(data.length) === 40) resolve();
      }),
    );
    for (let index = 0; index < 40; index++) await theirs.send(1, 53, Buffer.alloc(1 + 300 * index), { ordered: true });
    await atOurs;
    assert.deepEqual(
      lengths,
      Array.from({ length: 40 }, (_, index) => 1 + 300 * index),
    );

    // It answers a reset with one of its own, as for a data channel that is closed.
    const resets: unknown[] = [];
    const bothReset = new Promise<void>((resolve) =>
      events.on('streamsReset', ({ streams, by }: { streams: number[]; by: string }) => {
        if (resets.push(`${streams} by ${by}`) === 2) resolve();
      }),
    );
    driver.take(ours.resetStreams([1], performance.now()));
    await bothReset;
    assert.deepEqual(resets.sort(), ['1 by them', '1 by us']);

    const closed = once(events, 'closed');
    await theirs.abort();
    assert.equal((await closed)[0].reason, 'abort');
    assert.equal(ours.statistics.dropped, 0);
  });
}
