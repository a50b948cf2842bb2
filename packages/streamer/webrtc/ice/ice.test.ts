import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CandidateAnnouncer } from '../datachannel/candidate-announcer.ts';
import { freeUdpPort } from '../datachannel/datachannel-stack.ts';
import { datachannelIceServers } from '../datachannel/ice-servers.ts';
import { usableCandidate } from './candidates.ts';

const host = 'candidate:1 1 UDP 2114977791 192.0.2.2 5000 typ host';
const v6 = 'candidate:2 1 UDP 2116026111 fd00::2 5000 typ host';
const reflexive = 'candidate:3 1 UDP 1678769919 198.51.100.7 5000 typ srflx raddr 0.0.0.0 rport 0';
const loopback = 'candidate:loopback 1 UDP 2113929727 127.0.0.1 5000 typ host';

const NETWORKS = ['10.1.2.3/16', 'fd00::5/64', '127.0.0.1/8', '169.254.7.7/16', 'fe80::5/64'];
const accepted = (line: string) => usableCandidate(line, NETWORKS);

describe('candidates of a browser', () => {
  it('are accepted with an address and a port', () => {
    assert.equal(
      accepted('candidate:1 1 udp 5 192.0.2.9 1 typ host generation 0 ufrag x'),
      'candidate:1 1 UDP 5 192.0.2.9 1 typ host generation 0 ufrag x',
    );
    assert.equal(accepted(`a=${v6}`), v6);
    assert.equal(accepted(reflexive), reflexive);
  });

  it('are dropped if they are names, TCP, other components, without a port, or end marks', () => {
    for (const line of [
      '',
      'candidate:1 1 udp 5 6fc2e747-6451-47c1-b73f-97fcf417da00.local 45870 typ host',
      'candidate:1 1 udp 5 localhost 45870 typ host',
      'candidate:1 1 tcp 5 192.0.2.9 9 typ host tcptype active',
      'candidate:1 2 udp 5 192.0.2.9 5000 typ host',
      'candidate:1 1 udp 5 192.0.2.9 0 typ host',
      'candidate:1 1 udp 5 192.0.2.9 65536 typ host',
      'candidate:1 1 udp 5 192.0.2.9 typ host',
      'end-of-candidates',
    ])
      assert.equal(accepted(line), null, line);
  });

  it("are accepted with public addresses, and with private ones of this machine's networks", () => {
    for (const address of ['203.0.113.9', '10.1.200.1', '2003:db8::1', 'fd00::77'])
      assert.ok(accepted(`candidate:1 1 udp 5 ${address} 5000 typ host`), address);
  });

  it('are dropped with loopback, link-local, multicast, foreign private or disguised addresses', () => {
    for (const address of [
      '0.0.0.0',
      '127.0.0.1',
      '127.9.9.9',
      '169.254.169.254',
      '224.0.0.251',
      '239.255.255.250',
      '255.255.255.255',
      '10.2.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      '198.18.0.1',
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      '2003:db8::1%eth0',
      'fec0::1',
      'ff02::1',
      'fd00:0:0:1::1',
      'fc00::1',
      '::ffff:127.0.0.1',
      '::ffff:203.0.113.9',
      '::7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::1',
      '2001:0:1:2::1',
    ])
      for (const type of ['host', 'srflx raddr 0.0.0.0 rport 0', 'prflx', 'relay'])
        assert.equal(accepted(`candidate:1 1 udp 5 ${address} 5000 typ ${type}`), null, address);
  });

  it('stay a single line, whatever a browser sends', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => host + text),
        ),
        (line) => {
          assert.doesNotMatch(accepted(line) ?? '', /[\r\n]/);
        },
      ),
    );
    assert.equal(accepted(`${host}\r\na=evil`), null);
  });
});

describe('our candidates', () => {
  it('are those of the interfaces and loopback, each announced once', () => {
    const announcer = new CandidateAnnouncer({ port: 5000, publicAddress: undefined, anyAddress: true });
    assert.deepEqual(announcer.first(), [loopback]);
    assert.deepEqual(announcer.translate(`a=${host}`), [host]);
    assert.deepEqual(announcer.translate(host), []);
    assert.deepEqual(announcer.translate(v6), [v6]);
    assert.deepEqual(announcer.translate(reflexive), [reflexive]);
    assert.deepEqual(announcer.first(), []);
  });

  it('do not include loopback if the socket is bound to one address', () => {
    const announcer = new CandidateAnnouncer({ port: 5000, publicAddress: undefined, anyAddress: false });
    assert.deepEqual(announcer.first(), []);
  });

  it("have the public address instead of the interfaces' behind a NAT", () => {
    const announcer = new CandidateAnnouncer({ port: 5000, publicAddress: '203.0.113.5', anyAddress: true });
    assert.deepEqual(announcer.first(), [loopback]);
    assert.deepEqual(announcer.translate(v6), []);
    assert.deepEqual(announcer.translate(host), [host.replace('192.0.2.2', '203.0.113.5')]);
    assert.deepEqual(announcer.translate(host.replace('192.0.2.2', '192.0.2.3')), []);
    assert.deepEqual(announcer.translate(reflexive), [reflexive]);
  });

  it('may have a public host name', () => {
    const announcer = new CandidateAnnouncer({ port: 5000, publicAddress: 'play.example', anyAddress: true });
    assert.deepEqual(announcer.translate(host), [host.replace('192.0.2.2', 'play.example')]);
  });
});

describe('ICE servers', () => {
  it('are used if the library supports them: STUN and TURN over UDP', () => {
    const servers = datachannelIceServers([
      {
        urls: ['stun:stun.example', 'stun:[fd00::1]:3479', 'turns:turn.example', 'http://x', 'stun:'],
        username: '',
        credential: '',
      },
      {
        urls: ['turn:turn.example:3480?transport=udp', 'turn:turn.example?transport=tcp'],
        username: 'me',
        credential: 'secret',
      },
    ]);
    assert.deepEqual(servers, [
      { hostname: 'stun.example', port: 3478 },
      { hostname: 'fd00::1', port: 3479 },
      { hostname: 'turn.example', port: 3480, username: 'me', password: 'secret', relayType: 'TurnUdp' },
    ]);
  });
});

describe('a free port', () => {
  it('is found on one address or on all', async () => {
    assert.ok((await freeUdpPort(undefined)) > 0);
    assert.ok((await freeUdpPort('127.0.0.1')) > 0);
    await assert.rejects(freeUdpPort('203.0.113.99'));
  });
});
