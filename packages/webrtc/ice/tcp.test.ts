import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BINDING, encodeStun } from '../stun/message.ts';
import type { Path } from './path.ts';
import { IceRouter } from './router.ts';
import { IceTcpConnection } from './tcp-connection.ts';
import { encodeFrame, FrameDecoder } from './tcp-framing.ts';

const PATH: Path = {
  protocol: 'tcp',
  local: { address: '198.51.100.1', port: 5000 },
  remote: { address: '203.0.113.9', port: 50_000 },
  connection: 1,
};
const A = { ufrags: ['aaaa'], transactionTag: 1 };
const B = { ufrags: ['bbbb'], transactionTag: 2 };
const request = (ufrag: string) =>
  encodeStun({ class: 'request', method: BINDING, transactionId: Buffer.alloc(12), username: `${ufrag}:x` });
const DTLS = Buffer.alloc(50, 22);

describe('frames', () => {
  it('survive any cutting of the stream', () => {
    const datagrams = fc.array(fc.uint8Array({ minLength: 1, maxLength: 2_048 }), { maxLength: 8 });
    fc.assert(
      fc.property(datagrams, fc.array(fc.integer({ min: 1, max: 900 })), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(encodeFrame));
        const decoder = new FrameDecoder();
        const received: Uint8Array[] = [];
        for (let at = 0; at < stream.length; ) {
          const next = at + (cuts.pop() ?? stream.length);
          received.push(...decoder.push(stream.subarray(at, next))!);
          at = next;
        }
        assert.deepEqual(
          received.map((datagram) => Buffer.from(datagram)),
          sent.map((datagram) => Buffer.from(datagram)),
        );
      }),
    );
  });

  it('are of 2,048 bytes at most, as is known from their length alone; empty ones are nothing', () => {
    assert.equal(new FrameDecoder().push(encodeFrame(Buffer.alloc(2_048)))?.length, 1);
    assert.equal(new FrameDecoder().push(Buffer.from([0x08, 0x01])), null);
    assert.deepEqual(new FrameDecoder().push(Buffer.alloc(100)), []);
  });
});

describe('a TCP connection', () => {
  function accepted() {
    const router = new IceRouter<typeof A>();
    router.add(A);
    router.add(B);
    const connection = new IceTcpConnection(router, PATH, 0);
    const receive = (...datagrams: Uint8Array[]) =>
      connection.receive(Buffer.concat(datagrams.map(encodeFrame)), 10).events;
    return { router, connection, receive };
  }

  it('that begins with a request to one of ours belongs to that one', () => {
    const { router, connection, receive } = accepted();
    assert.equal(connection.party, null);
    const [first, ...others] = receive(request('aaaa'), DTLS, request('bbbb'));
    assert.deepEqual(others, [], 'DTLS from a path that is not validated, a request to another');
    assert.ok(first?.type === 'datagram' && first.party === A && first.path === PATH);
    assert.equal(connection.party, A);
    router.validated(A, PATH);
    const [media] = receive(DTLS);
    assert.ok(media?.type === 'datagram' && media.party === A);
    assert.equal(connection.advance(60_000).wakeAt, Number.POSITIVE_INFINITY);
  });

  it('is closed if it begins with anything else', () => {
    for (const begin of [
      request('dddd'),
      DTLS,
      encodeStun({ class: 'success', method: BINDING, transactionId: Buffer.alloc(12) }),
    ]) {
      const { connection, receive } = accepted();
      assert.deepEqual(receive(begin, request('aaaa')), [{ type: 'close', reason: 'stranger' }]);
      assert.deepEqual(receive(request('aaaa')), [], 'and nothing after that');
      assert.deepEqual(connection.receive(Buffer.alloc(2, 0xff), 20).events, []);
      assert.equal(connection.party, null);
    }
  });

  it('is closed after 5 s of silence, or of less than a datagram', () => {
    const { connection } = accepted();
    const whole = encodeFrame(request('aaaa'));
    assert.equal(connection.receive(whole.subarray(0, -1), 4_999).wakeAt, 5_000);
    assert.deepEqual(connection.receive(Buffer.alloc(0), 5_000).events, [{ type: 'close', reason: 'silent' }]);
    assert.deepEqual(connection.receive(whole.subarray(-1), 5_001).events, []);
  });

  it('is closed if a frame is too large, as those of other protocols are', () => {
    const { connection } = accepted();
    assert.deepEqual(connection.receive(Buffer.from('GET / HTTP/1.1\r\n'), 1).events, [
      { type: 'close', reason: 'frame too large' },
    ]);
  });
});
