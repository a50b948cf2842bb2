import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_HELD_BYTES } from './constants.ts';
import { connectedPair, sends } from './testing/network.ts';
import { CONNECT, RawPeer } from './testing/raw.ts';

const FIRST_BYTES = [0x01, 0x82, 0x83, 0x84, 0x44, 0x85, 0x86, 0x07, 0x88, 0x49, 0x8a, 0x8b, 0x0c, 0x00, 0x0f];

/** Something like a command: a known first byte, small numbers, and random bytes. */
const command = fc
  .tuple(
    fc.constantFrom(...FIRST_BYTES),
    fc.constantFrom(0, 1, 2, 0x2f, 0x30, 0xff),
    fc.oneof(fc.nat(8), fc.nat(0xffff)),
    fc.uint8Array({ maxLength: 60 }),
  )
  .map(([first, channel, seq, rest]) => Buffer.from([first, channel, seq >> 8, seq & 0xff, ...rest]));

const datagram = fc
  .tuple(fc.constantFrom('0000', '80001010', '8fff1000', '90001010', '0001'), fc.array(command, { maxLength: 5 }))
  .map(([head, commands]) => Buffer.concat([Buffer.from(head, 'hex'), ...commands]));

test('no input makes a host throw, answer without bound, or wake in the past', () => {
  fc.assert(
    fc.property(fc.array(datagram, { minLength: 1, maxLength: 40 }), (datagrams) => {
      const { host } = new RawPeer().connect();
      let now = 0x2000;
      for (const bytes of datagrams) {
        now += 3;
        const output = host.receive(bytes, 'C', now);
        const answered = sends(output).reduce((sum, d) => sum + d.data.length, 0);
        assert.ok(answered <= 4 * bytes.length + 100, `${answered} bytes for ${bytes.length}`);
        assert.ok(output.wakeAt > now);
      }
    }),
    { numRuns: 300 },
  );
});

test('no input makes a connecting or connected client throw', () => {
  fc.assert(
    fc.property(fc.array(datagram, { minLength: 1, maxLength: 40 }), fc.boolean(), (datagrams, connected) => {
      const { network, client } = connectedPair();
      if (!connected) {
        client.disconnect(0, 'unsequenced', network.now);
        client.connect({ to: 'H', channels: 48, data: 0 }, network.now);
      }
      let now = network.now;
      for (const bytes of datagrams) client.receive(bytes, 'H', ++now);
      client.advance(now + 100000);
    }),
    { numRuns: 300 },
  );
});

test('random datagrams are dropped or ignored', () => {
  const { host } = new RawPeer().connect();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      host.receive(Buffer.from(bytes), 'X', 0x2000);
    }),
  );
});

test('fragments of many unfinished messages stay within the bound', () => {
  const peer = new RawPeer().connect();
  let held = 0;
  for (let seq = 2; seq < 200; seq++) {
    const hex = `80001100 8800${seq.toString(16).padStart(4, '0')} ${seq.toString(16).padStart(4, '0')} 0001 00000100 00000000 00020000 00000000 aa`;
    if (peer.answers(hex).length > 0) held += 0x20000;
  }
  assert.ok(held > 0 && held <= MAX_HELD_BYTES, `${held} bytes`);
});

test('a flood of CONNECTs only fills the table, and does not disturb an honest client in it', () => {
  const peer = new RawPeer({ slots: 3 }).connect();
  for (let id = 1; id < 200; id++) peer.send(CONNECT.replace('1a2b3c4d', id.toString(16).padStart(8, '0')), `F${id}`);
  assert.ok(peer.host.stats(2));
  assert.deepEqual(peer.messages('80001010 86000001 0001 aa'), ['0:aa']);
});
