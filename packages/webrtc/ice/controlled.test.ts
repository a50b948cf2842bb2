import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { BINDING, decodeStun, encodeStun } from '../stun/message.ts';
import type { Path } from './path.ts';
import { assertPaced } from './testing/pace.ts';
import { rawPeer } from './testing/raw-peer.ts';
import { VirtualNetwork } from './testing/virtual-network.ts';

describe('a controlled agent', () => {
  it('checks back before it answers, so that what the peer sends next comes from a path that is validated', () => {
    const { ask, answer, path, types } = rawPeer();
    const { sent } = ask(path(1), { useCandidate: true });
    assert.deepEqual(
      sent.map(({ class: kind }) => kind),
      ['request', 'success'],
    );
    assert.equal(sent[0]!.username, 'raw:serverufrag');
    assert.equal(sent[0]!.role?.type, 'controlled');
    assert.equal(sent[0]!.useCandidate, undefined);
    assert.deepEqual(sent[1]!.mappedAddress, path(1).remote);
    assert.ok(sent[1]!.isBy('serverpassword-of-22-characters'));
    assert.deepEqual(types(answer(sent[0]!, path(1))), ['validated', 'selected']);
  });

  it('selects what is nominated after its own check as well', () => {
    const { validate, ask, path, types, server } = rawPeer();
    assert.deepEqual(types(validate(path(1))), ['validated']);
    assert.equal(server.selected, null);
    assert.deepEqual(types(ask(path(1), { useCandidate: true })), ['selected', 'send']);
  });

  it('follows a peer that nominates another pair: at once if it is better, otherwise when it has left the first', () => {
    const { network, validate, ask, path, server } = rawPeer();
    validate(path(1), { useCandidate: true });
    network.run(500);
    validate(path(2), { useCandidate: true, priority: 1_000 });
    assert.equal(server.selected?.remote.port, 1);
    network.run(500);
    ask(path(1), { useCandidate: true });
    const transactionId = Buffer.alloc(12, 5);
    ask(path(2), { useCandidate: true, transactionId });
    ask(path(2), { useCandidate: true, transactionId });
    assert.equal(server.selected?.remote.port, 1, 'a peer that nominates all pairs keeps the best');
    ask(path(2), { useCandidate: true });
    assert.equal(server.selected?.remote.port, 2, 'a peer that nominates only this one has left the other');
    network.run(500);
    validate(path(3), { useCandidate: true, priority: 2_113_937_151 });
    assert.equal(server.selected?.remote.port, 3);
  });

  it('does not believe a response from elsewhere, of somebody else, or to nothing', () => {
    const { ask, answer, path, types } = rawPeer();
    const [check] = ask(path(1), { useCandidate: true }).requested;
    for (const reply of [
      answer(check!, path(2)),
      answer(check!, path(1), {}, 'another-password'),
      answer({ ...check!, transactionId: Buffer.alloc(12, 9) }, path(1)),
      answer(check!, path(1), { errorCode: 487, class: 'error' }, 'another-password'),
    ])
      assert.deepEqual(types(reply), []);
    assert.deepEqual(types(answer(check!, path(1))), ['validated', 'selected']);
    assert.deepEqual(types(answer(check!, path(1))), [], 'a second time');
  });

  it('answers nothing to strangers', () => {
    const { ask, deliver, path, server } = rawPeer();
    assert.deepEqual(ask(path(1), {}, 'another-password').events, []);
    assert.deepEqual(ask(path(1), { username: 'other:raw' }).events, []);
    assert.deepEqual(ask(path(1), { username: 'serverufrag:other' }).events, []);
    assert.deepEqual(ask(path(1), { method: 3 }).events, []);
    for (const noise of [Buffer.alloc(0), Buffer.alloc(20), Buffer.alloc(1_500, 0x16)])
      assert.deepEqual(deliver(noise, path(1)).events, []);
    assert.ok(server.agent.stats().rejected >= 3);
  });

  it('says so if it does not understand a request, or if both want the same role', () => {
    const { deliver, ask, path, server } = rawPeer();
    const plain = encodeStun({
      class: 'request',
      method: BINDING,
      transactionId: Buffer.alloc(12),
      username: 'serverufrag:raw',
    });
    const unsigned = Buffer.concat([plain.subarray(0, -8), Buffer.from('0fff0000', 'hex')]);
    unsigned.writeUInt16BE(unsigned.length - 20 + 24, 2);
    const integrity = createHmac('sha1', server.credentials.password).update(unsigned).digest();
    const [refusal] = deliver(Buffer.concat([unsigned, Buffer.from('00080014', 'hex'), integrity]), path(1)).sent;
    assert.deepEqual([refusal?.errorCode, refusal?.unknownAttributes], [420, [0x0fff]]);
    const conflict = ask(path(1), { role: { type: 'controlled', tieBreaker: 2n ** 64n - 1n } });
    assert.deepEqual(
      conflict.sent.map(({ errorCode }) => errorCode),
      [487],
    );
    assert.equal(server.agent.role, 'controlled');
    ask(path(1), { role: { type: 'controlled', tieBreaker: 0n } });
    assert.equal(server.agent.role, 'controlling');
  });

  it('takes control when asked with a tie-breaker equal to its own', () => {
    const zero = (bytes: number) => new Uint8Array(bytes);
    const { ask, path, server } = rawPeer({ random: zero });
    const [reply] = ask(path(1), { role: { type: 'controlled', tieBreaker: 0n } }).responses;
    assert.equal(reply?.class, 'success');
    assert.equal(server.agent.role, 'controlling');
  });

  it('holds a bounded number of pairs, and checks at a bounded rate, whatever a peer with the password sends', () => {
    const { network, ask, validate, path, server } = rawPeer();
    validate(path(1), { useCandidate: true });
    for (let port = 2; port < 3_000; port++) {
      ask(path(port), { useCandidate: true });
      if (port % 10 === 0) network.run(10);
    }
    assert.equal(server.agent.stats().pairs, 100);
    assert.equal(server.selected?.remote.port, 1);
    assertPaced(server);
  });

  it('does not check what has become valid while its check had to wait', () => {
    const { network, ask, answer, path, server } = rawPeer();
    const [check] = ask(path(1), { useCandidate: true }).requested;
    for (let port = 2; port < 10; port++) ask(path(port));
    assert.deepEqual(ask(path(1)).requested, [], 'it has to wait');
    answer(check!, path(1));
    network.run(1_000);
    assert.equal(server.sent.filter(({ isRequest, path: { remote } }) => isRequest && remote.port === 1).length, 1);
  });

  it('keeps the selected pair when all others are being checked', () => {
    const { network, ask, answer, validate, path, server } = rawPeer();
    validate(path(1), { useCandidate: true });
    for (let port = 2; port < 120; port++) {
      ask(path(port));
      network.run(55);
    }
    assert.deepEqual(ask(path(1)).requested, [], 'it needs no check');
    assert.equal(server.selected?.remote.port, 1);
    assert.equal(ask(path(500)).responses.length, 1, 'without room for it a request is answered still');
    assert.equal(server.agent.stats().pairs, 100);
    network.run(6_000);
    const consent = server.sent.findLast(({ isRequest, path: { remote } }) => isRequest && remote.port === 1)!;
    answer(decodeStun(consent.datagram)!, path(1));
    network.run(20_000);
    assert.deepEqual(server.of('failed'), [], 'it has consent for more than 30 s');
  });

  it('never sends to addresses that are not allowed on a candidate alone, nor on more than 20 candidates', () => {
    const network = new VirtualNetwork();
    const forbidden = '169.254.169.254';
    const server = network.peer('server', { addresses: ['198.51.100.1'], allows: (address) => address !== forbidden });
    const lines = [
      `candidate:1 1 udp 2113937151 ${forbidden} 80 typ host`,
      'candidate:1 1 udp 2113937151 c0ffee.local 54321 typ host',
      'candidate:1 1 tcp 1518280447 203.0.113.9 9 typ host tcptype active',
      'candidate:1 2 udp 2113937151 203.0.113.9 5001 typ host',
      'candidate:1 1 udp 2113937151 203.0.113.9 5002 typ host ufrag someoneelse',
      ...Array.from(
        { length: 40 },
        (_, i) => `candidate:1 1 udp ${i} 203.0.113.${i} 6000 typ srflx raddr 0.0.0.0 rport 0`,
      ),
    ];
    for (const line of lines.slice(0, 30)) network.take(server, server.agent.addRemoteCandidate(line, network.now));
    assert.equal(server.sent.length, 0);
    network.take(server, server.agent.setRemote({ ufrag: 'raw', password: 'p' }, network.now));
    network.run(1_000);
    assert.ok(server.sent.length > 0, 'those that came before the description count');
    for (const line of lines) network.take(server, server.agent.addRemoteCandidate(line, network.now));
    network.run(10_000);
    const targets = new Set(server.sent.map(({ path: { remote } }) => `${remote.address} ${remote.port}`));
    assert.equal(targets.size, 20);
    assert.ok(
      [...targets].every((target) => /^203\.0\.113\.\d+ 6000$/.test(target)),
      [...targets].join(),
    );
  });
});

describe('over TCP', () => {
  it('a path is checked without retransmissions, and its end is noticed at once', () => {
    const { network, ask, answer, path, types, server } = rawPeer();
    const over = (connection: number): Path => ({ ...path(1), protocol: 'tcp', connection });
    const [check] = ask(over(1), { useCandidate: true }).requested;
    assert.deepEqual(ask(over(1)).requested, []);
    network.run(3_000);
    assert.equal(server.sent.filter(({ isRequest }) => isRequest).length, 1);
    assert.deepEqual(types(answer(check!, over(1))), ['validated', 'selected']);
    const { events } = server.agent.pathClosed(1, network.now);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['disconnected'],
    );
    const count = server.sent.length;
    network.run(10_000);
    assert.equal(server.sent.length, count, 'nothing is sent to a connection that ended');
    const [again] = ask(over(2), { useCandidate: true, priority: 1 }).requested;
    assert.deepEqual(types(answer(again!, over(2))), ['validated', 'selected']);
    assert.equal(server.selected?.connection, 2);
  });
});
