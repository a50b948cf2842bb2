import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { candidateLines, candidatePriority, hostCandidates, parseCandidate } from './candidate.ts';

const ADDRESSES = ['10.0.0.5', '2001:DB8:0::5', '127.0.0.1', '::1', 'fe80::5', '169.254.7.7'];

describe('our candidates', () => {
  it('are those of all addresses but link-local ones, over UDP before TCP, loopback last', () => {
    const lines = candidateLines(hostCandidates({ addresses: ADDRESSES, port: 5000, tcp: true }));
    const forms = lines.map((line) => line.replace(/candidate:[\da-f]{8} 1 (\w+) \d+/, '$1'));
    assert.deepEqual(forms, [
      'udp 10.0.0.5 5000 typ host',
      'udp 2001:db8::5 5000 typ host',
      'udp 127.0.0.1 5000 typ host',
      'udp ::1 5000 typ host',
      'tcp 10.0.0.5 5000 typ host tcptype passive',
      'tcp 2001:db8::5 5000 typ host tcptype passive',
      'tcp 127.0.0.1 5000 typ host tcptype passive',
      'tcp ::1 5000 typ host tcptype passive',
    ]);
    const priorities = lines.map((line) => Number(line.split(' ')[3]));
    assert.deepEqual(
      priorities,
      priorities.toSorted((a, b) => b - a),
    );
    assert.equal(new Set(lines.map((line) => line.split(' ')[0])).size, 8, 'a foundation for each');
  });

  it('have the public address in place of those of its family, and a public name in place of all', () => {
    const announced = (publicAddress: string) =>
      hostCandidates({ addresses: ADDRESSES, port: 5000, publicAddress }).map(({ address, base }) => [
        address,
        base.address,
      ]);
    const loopback = [
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '::1'],
    ];
    assert.deepEqual(announced('203.0.113.5'), [['203.0.113.5', '10.0.0.5'], ...loopback]);
    assert.deepEqual(announced('play.example'), [
      ['play.example', '10.0.0.5'],
      ['play.example', '2001:db8::5'],
      ...loopback,
    ]);
    const twice = hostCandidates({ addresses: ['10.0.0.5', '10.0.0.6'], port: 5000, publicAddress: '203.0.113.5' });
    assert.equal(candidateLines(twice).length, 1);
  });

  it('that are reflexive do not say what is behind them', () => {
    const base = { address: '10.0.0.5', port: 5000 };
    const priority = candidatePriority('udp', 'srflx', 8191);
    const [line] = candidateLines([
      { protocol: 'udp', type: 'srflx', address: '203.0.113.5', port: 61000, base, priority },
    ]);
    assert.match(line!, / 203\.0\.113\.5 61000 typ srflx raddr 0\.0\.0\.0 rport 0$/);
    assert.equal(parseCandidate(line!)?.priority, priority);
  });

  it('have the priorities of RFC 8445 and RFC 6544', () => {
    assert.equal(candidatePriority('udp', 'host', 8191), 126 * 2 ** 24 + 65_528 * 256 + 255);
    assert.equal(candidatePriority('tcp', 'host', 1), 90 * 2 ** 24 + (4 * 8192 + 1) * 256 + 255);
    for (const protocol of ['udp', 'tcp'] as const)
      for (const type of ['host', 'prflx', 'srflx'] as const) {
        assert.ok(candidatePriority(protocol, type, 8191) < 2 ** 31);
        assert.ok(candidatePriority(protocol, type, 0) > 0);
      }
  });
});

describe("a peer's candidate", () => {
  it('is an address and a UDP port, in one form', () => {
    assert.deepEqual(
      parseCandidate('a=candidate:1 1 UDP 5 2001:DB8:0:0::9 1 typ srflx raddr 0.0.0.0 rport 9 generation 0 ufrag xY/+'),
      { type: 'srflx', address: '2001:db8::9', port: 1, priority: 5, ufrag: 'xY/+' },
    );
    assert.equal(parseCandidate('candidate:1 1 udp 5 192.0.2.9 5000 typ host')?.ufrag, null);
  });

  it('is ignored otherwise', () => {
    for (const line of [
      '',
      'end-of-candidates',
      'candidate:1 1 udp 5 6fc2e747-6451-47c1-b73f-97fcf417da00.local 45870 typ host',
      'candidate:1 1 udp 5 localhost 45870 typ host',
      'candidate:1 1 udp 5 fe80::1%eth0 45870 typ host',
      'candidate:1 1 tcp 5 192.0.2.9 9 typ host tcptype active',
      'candidate:1 2 udp 5 192.0.2.9 5000 typ host',
      'candidate:1 1 udp 5 192.0.2.9 0 typ host',
      'candidate:1 1 udp 5 192.0.2.9 65536 typ host',
      'candidate:1 1 udp 4294967296 192.0.2.9 5000 typ host',
      'candidate:1 1 udp 5 192.0.2.9 typ host',
      'candidate:1 1 udp 5 192.0.2.9 5000 typ host\r\na=evil',
      `candidate:1 1 udp 5 192.0.2.9 5000 typ host ${'x'.repeat(500)}`,
    ])
      assert.equal(parseCandidate(line), null, line);
  });

  it('never is garbage', () => {
    const line = 'candidate:1 1 udp 5 192.0.2.9 5000 typ host';
    fc.assert(
      fc.property(fc.string(), fc.nat(50), (noise, at) => {
        const candidate = parseCandidate(line.slice(0, at) + noise + line.slice(at));
        if (candidate === null) return;
        assert.ok(candidate.port >= 1 && candidate.port <= 65_535 && candidate.priority <= 0xffff_ffff);
      }),
    );
  });
});
