import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BINDING, encodeStun, type StunMessage } from '../stun/message.ts';
import type { Path } from './path.ts';
import { IceRouter } from './router.ts';

class Party {
  ufrags: string[];
  readonly transactionTag: number;

  constructor(ufrag: string, transactionTag: number) {
    this.ufrags = [ufrag];
    this.transactionTag = transactionTag;
  }
}

const path = (port: number): Path => ({
  protocol: 'udp',
  local: { address: '198.51.100.1', port: 5000 },
  remote: { address: '203.0.113.9', port },
});
const stun = (fields: Partial<StunMessage>, tag = 0) =>
  encodeStun({
    class: 'request',
    method: BINDING,
    transactionId: Buffer.from(tag.toString(16).padStart(24, '0').slice(-8).padEnd(24, '0'), 'hex'),
    ...fields,
  });
const request = (username: string) => stun({ username });
const DTLS = Buffer.alloc(100, 22);

function three() {
  const router = new IceRouter<Party>();
  const parties = [new Party('aaaa', 1), new Party('bbbb', 0xffff_fffe), new Party('cccc', 3)] as const;
  for (const party of parties) router.add(party);
  return { router, parties };
}

describe('a router', () => {
  it('finds whose a datagram is by user name, transaction or path', () => {
    const { router, parties } = three();
    const [a, b, c] = parties;
    assert.equal(router.route(request('aaaa:x'), path(1)), a);
    assert.equal(router.route(stun({ class: 'success' }, 0xffff_fffe), path(1)), b);
    assert.equal(router.route(stun({ class: 'error' }, 3), path(1)), c);
    assert.equal(router.route(DTLS, path(1)), null);
    router.validated(b, path(1));
    assert.equal(router.route(DTLS, path(1)), b);
    assert.equal(router.route(stun({ class: 'indication' }), path(1)), b);
    assert.equal(router.route(DTLS, path(2)), null);
    assert.equal(router.route(request('aaaa:x'), path(1)), a, 'by name, whoever was there before');
    router.validated(a, path(1));
    assert.equal(router.route(DTLS, path(1)), a);
  });

  it('has nobody for strangers', () => {
    const { router } = three();
    for (const datagram of [request('dddd:x'), request('aaa'), request(''), stun({}), stun({ class: 'success' }, 9)])
      assert.equal(router.route(datagram, path(1)), null);
    const broken = request('aaaa:x');
    broken[broken.length - 1]! ^= 1;
    assert.equal(router.route(broken, path(1)), null);
  });

  it('follows restarts, and forgets who left, but not what has become of others', () => {
    const { router, parties } = three();
    const [a, b] = parties;
    a.ufrags = ['aaa2', 'aaaa'];
    router.update(a);
    assert.equal(router.route(request('aaaa:x'), path(1)), a);
    assert.equal(router.route(request('aaa2:x'), path(1)), a);
    a.ufrags = ['aaa2'];
    router.update(a);
    assert.equal(router.route(request('aaaa:x'), path(1)), null);
    router.validated(a, path(1));
    router.validated(a, path(2));
    router.validated(b, path(2));
    router.remove(a);
    router.validated(a, path(3));
    router.update(a);
    assert.equal(router.route(request('aaa2:x'), path(1)), null);
    assert.equal(router.route(stun({ class: 'success' }, 1), path(1)), null);
    assert.equal(router.route(DTLS, path(1)), null);
    assert.equal(router.route(DTLS, path(3)), null);
    assert.equal(router.route(DTLS, path(2)), b);
  });

  it('remembers the last 16 paths of each', () => {
    const { router, parties } = three();
    for (let port = 1; port <= 20; port++) router.validated(parties[0], path(port));
    router.validated(parties[0], path(20));
    const known = Array.from({ length: 20 }, (_, i) => i + 1).filter((port) => router.route(DTLS, path(port)) !== null);
    assert.deepEqual(known, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('forgets a TCP connection that ended', () => {
    const { router, parties } = three();
    const tcp: Path = { ...path(1), protocol: 'tcp', connection: 7 };
    router.validated(parties[0], tcp);
    router.validated(parties[0], path(1));
    router.pathClosed(tcp);
    assert.equal(router.route(DTLS, tcp), null);
    assert.equal(router.route(DTLS, path(1)), parties[0]);
  });
});
