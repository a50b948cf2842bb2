import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { candidatePriority, type LocalCandidate } from './candidate.ts';
import type { Path } from './path.ts';
import { assertPaced } from './testing/pace.ts';
import { Nat, type NatKind, VirtualNetwork, type VirtualPeer } from './testing/virtual-network.ts';

const SERVER = { addresses: ['198.51.100.1', '2001:db8::1'] };
const BROWSER = { addresses: ['203.0.113.9'], role: 'controlling' } as const;

function exchange(network: VirtualNetwork, a: VirtualPeer, b: VirtualPeer): void {
  network.signal(a, b);
  network.signal(b, a);
}

/** Both send over the same path, seen from either side; behind a NAT the outer address stands for the inner one. */
function assertConnected(a: VirtualPeer, b: VirtualPeer): void {
  assert.ok(a.selected !== null && b.selected !== null, `${a.selected} ${b.selected}`);
  if (a.nat === null) assert.deepEqual(b.selected.remote, a.selected.local);
  if (b.nat === null) assert.deepEqual(a.selected.remote, b.selected.local);
  for (const peer of [a, b]) {
    const validated = peer.events.findIndex(({ event }) => event.type === 'validated');
    const selected = peer.events.findIndex(({ event }) => event.type === 'selected');
    assert.ok(validated >= 0 && validated < selected, 'selected before it was validated');
  }
}

const bothConnected = (a: VirtualPeer, b: VirtualPeer) => () => a.selected !== null && b.selected !== null;

describe('two agents', () => {
  it('select the same path within two round trips', () => {
    const network = new VirtualNetwork();
    const server = network.peer('server', SERVER);
    const browser = network.peer('browser', { ...BROWSER, addresses: ['203.0.113.9', '2001:db8::9'] });
    exchange(network, server, browser);
    assert.ok(network.run(100, bothConnected(server, browser)));
    assertConnected(server, browser);
  });

  it('need no candidates of the one that sends first, nor its description before its checks', () => {
    const network = new VirtualNetwork();
    const server = network.peer('server', SERVER);
    const browser = network.peer('browser', BROWSER);
    network.signal(server, browser);
    network.signal(browser, server, 300, ['candidate:1 1 udp 2113937151 c0ffee.local 54321 typ host']);
    network.run(299);
    assert.deepEqual(
      server.sent.filter(({ isRequest }) => isRequest),
      [],
    );
    assert.ok(server.sent.length > 0, 'checks are answered before the description is known');
    assert.ok(network.run(1_000, bothConnected(server, browser)));
    assertConnected(server, browser);
  });

  it('find a path whatever the network does, and in whatever roles', () => {
    const kind = fc.constantFrom<NatKind | null>(null, 'full cone', 'port restricted', 'symmetric');
    const network = fc.record({
      seed: fc.nat(),
      loss: fc.double({ min: 0, max: 0.15, noNaN: true }),
      duplication: fc.double({ min: 0, max: 0.3, noNaN: true }),
      delayMs: fc.constantFrom([1, 1] as const, [5, 60] as const, [100, 400] as const),
    });
    const role = fc.constantFrom('controlling', 'controlled');
    fc.assert(
      fc.property(network, kind, fc.tuple(role, role), fc.nat(400), (options, nat, roles, later) => {
        const net = new VirtualNetwork(options);
        const server = net.peer('server', { ...SERVER, role: roles[0] });
        const behind = nat === null ? BROWSER : { addresses: ['192.168.1.7'], nat: new Nat('203.0.113.9', nat) };
        const browser = net.peer('browser', { ...behind, role: roles[1] });
        net.signal(server, browser, later);
        net.signal(browser, server);
        assert.ok(net.run(20_000, bothConnected(server, browser)), 'connected');
        net.run(60_000);
        assertConnected(server, browser);
        assert.notEqual(server.agent.role, browser.agent.role);
        for (const peer of [server, browser]) {
          assertPaced(peer);
          assert.deepEqual(peer.of('failed'), []);
        }
      }),
      // Chance decides here whether 20 s are enough.
      { seed: 7, numRuns: 150 },
    );
  });

  it('get through two NATs with what they know of their outer addresses', () => {
    for (const kinds of [
      ['full cone', 'symmetric'],
      ['port restricted', 'port restricted'],
      ['full cone', 'port restricted'],
    ] as const) {
      const network = new VirtualNetwork();
      const [server, browser] = kinds.map((kind, i) => {
        const base = { address: `10.0.${i}.2`, port: 5_000 };
        const nat = new Nat(`203.0.113.${i}`, kind);
        const outer = nat.outward(base, { address: '198.51.100.3', port: 3_478 });
        const reflexive: LocalCandidate = {
          protocol: 'udp',
          type: 'srflx',
          ...outer,
          base,
          priority: candidatePriority('udp', 'srflx', 8191),
        };
        const role = i === 0 ? 'controlled' : 'controlling';
        return network.peer(`peer${i}`, { addresses: [base.address], nat, reflexive: [reflexive], role });
      }) as [VirtualPeer, VirtualPeer];
      exchange(network, server, browser);
      assert.ok(network.run(10_000, bothConnected(server, browser)), kinds.join());
      assertConnected(server, browser);
    }
  });

  it('give up after 20 s if nothing gets through, and have sent little until then', () => {
    const network = new VirtualNetwork();
    network.cut = () => true;
    const server = network.peer('server', { addresses: Array.from({ length: 8 }, (_, i) => `198.51.100.${i}`) });
    const browser = network.peer('browser', BROWSER);
    const lines = Array.from({ length: 60 }, (_, i) => `candidate:1 1 udp 1 203.0.113.${i} 5000 typ host`);
    network.signal(browser, server, 0, lines);
    network.run(60_000);
    assert.deepEqual(server.of('failed'), [21_000]);
    assert.equal(new Set(server.sent.map(({ path }) => path.remote.address)).size <= 20, true);
    assert.ok(server.sent.length > 100 && server.sent.length <= 401, `${server.sent.length}`);
    assert.ok(server.sent.at(-1)!.at <= 21_000);
    assertPaced(server);
    assert.equal(server.wakeAt, Number.POSITIVE_INFINITY);
  });

  it('settle on a tie-breaker of 0, which is what Chromium sends by way of TURN over TCP', () => {
    for (const role of ['controlled', 'controlling'] as const) {
      const network = new VirtualNetwork();
      const server = network.peer('server', { ...SERVER, role });
      const browser = network.peer('browser', { ...BROWSER, role, random: (bytes) => new Uint8Array(bytes) });
      exchange(network, server, browser);
      assert.ok(network.run(2_000, bothConnected(server, browser)));
      assert.equal(server.agent.role, 'controlling');
      assertConnected(server, browser);
    }
  });

  it('agree with a peer that only answers', () => {
    const network = new VirtualNetwork();
    const server = network.peer('server', SERVER);
    const lite = network.peer('lite', { addresses: ['203.0.113.9'] });
    network.take(server, server.agent.setRemote({ ...lite.credentials, lite: true }, network.now));
    for (const line of lite.lines) network.take(server, server.agent.addRemoteCandidate(line, network.now));
    assert.ok(network.run(1_000, () => server.selected !== null));
    assert.equal(server.agent.role, 'controlling');
  });
});

describe('consent', () => {
  function connected(options = {}) {
    const network = new VirtualNetwork(options);
    const server = network.peer('server', SERVER);
    const browser = network.peer('browser', BROWSER);
    exchange(network, server, browser);
    assert.ok(network.run(1_000, bothConnected(server, browser)));
    return { network, server, browser };
  }

  it('is asked for every 4 to 6 s, and ends 30 s after the last answer', () => {
    const { network, server, browser } = connected();
    network.run(120_000);
    const asked = server.sent.filter(({ isRequest, at }) => isRequest && at > 2_000).map(({ at }) => at);
    asked.slice(1).forEach((at, i) => {
      assert.ok(at - asked[i]! >= 4_000 && at - asked[i]! <= 6_000, `${at - asked[i]!} ms`);
    });
    assert.deepEqual(server.of('disconnected'), []);
    const cutAt = network.now;
    network.cut = (from) => from === browser;
    network.run(60_000);
    const [disconnectedAt] = server.of('disconnected');
    assert.ok(disconnectedAt! - cutAt > 4_000 && disconnectedAt! - cutAt <= 11_000, `${disconnectedAt! - cutAt} ms`);
    assert.equal(server.of('failed').length, 1);
    assert.ok(server.of('failed')[0]! - cutAt <= 30_000 && server.of('failed')[0]! - cutAt >= 24_000);
    assert.equal(server.selected, null);
    assert.ok(server.sent.filter(({ isRequest }) => isRequest).at(-1)!.at < server.of('failed')[0]!);
  });

  it('outlives loss, and comes back', () => {
    const { network, server, browser } = connected();
    network.cut = () => true;
    network.run(15_000);
    assert.equal(server.of('disconnected').length, 1);
    network.cut = () => false;
    network.run(10_000);
    assert.equal(server.of('selected').length, 2);
    assert.deepEqual(server.of('failed'), []);
    assertConnected(server, browser);
    const lossy = connected({ seed: 3, loss: 0.1 });
    lossy.network.run(300_000);
    assert.deepEqual(lossy.server.of('disconnected'), []);
  });

  it('in control, moves to another path when the one in use dies, whatever was valid once', () => {
    const network = new VirtualNetwork();
    const server = network.peer('server', { ...SERVER, role: 'controlling' });
    const browser = network.peer('browser', { addresses: ['203.0.113.9', '203.0.113.10', '203.0.113.11'] });
    const isAt = ({ remote, local }: Path, address: string) => remote.address === address || local.address === address;
    // The best is late, so that the second is selected.
    network.cut = (_, path) => isAt(path, '203.0.113.9') && network.now < 1_400;
    exchange(network, server, browser);
    network.run(5_000);
    assert.equal(server.selected?.remote.address, '203.0.113.10');
    network.cut = (_, path) => !isAt(path, '203.0.113.11');
    assert.ok(network.run(20_000, () => server.of('disconnected').length === 1));
    assert.ok(network.run(1_000, () => server.selected?.remote.address === '203.0.113.11'));
    assert.ok(network.run(1_000, () => browser.selected?.local.address === '203.0.113.11'));
    assert.deepEqual(server.of('failed'), []);
  });
});

describe('a restart', () => {
  function restarted() {
    const network = new VirtualNetwork();
    const server = network.peer('server', SERVER);
    const browser = network.peer('browser', BROWSER);
    exchange(network, server, browser);
    assert.ok(network.run(1_000, bothConnected(server, browser)));
    const fresh = {
      server: { ufrag: 'server2', password: 'second' },
      browser: { ufrag: 'browser2', password: 'third' },
    };
    network.take(server, server.agent.restart(fresh.server, network.now));
    return { network, server, browser, fresh };
  }

  it('changes the path only when the new one is selected', () => {
    const { network, server, browser, fresh } = restarted();
    const before = server.selected;
    assert.deepEqual(server.agent.ufrags, ['server2', 'serverufrag']);
    network.run(60_000);
    assert.deepEqual(server.of('failed'), [], 'consent for the old path goes on');
    assert.deepEqual(server.selected, before);
    network.take(browser, browser.agent.restart(fresh.browser, network.now));
    for (const [peer, credentials, lines] of [
      [server, fresh.browser, browser.lines],
      [browser, fresh.server, server.lines],
    ] as const) {
      network.take(peer, peer.agent.setRemote(credentials, network.now));
      for (const line of lines) network.take(peer, peer.agent.addRemoteCandidate(line, network.now));
    }
    assert.ok(network.run(2_000, () => server.of('selected').length === 2));
    assert.ok(network.run(2_000, () => browser.of('selected').length === 2));
    assert.deepEqual(server.agent.ufrags, ['server2']);
    network.run(60_000);
    assert.deepEqual([server.of('failed'), browser.of('failed')], [[], []]);
  });

  it('that finds nothing is no end while the old path works', () => {
    const { network, server, fresh } = restarted();
    network.take(server, server.agent.setRemote(fresh.browser, network.now));
    network.run(60_000);
    assert.deepEqual([server.of('failed'), server.of('disconnected')], [[], []]);
    assert.notEqual(server.selected, null);
    network.cut = () => true;
    network.run(60_000);
    assert.equal(server.of('failed').length, 1);
    assert.equal(server.selected, null);
  });

  it('still tells what becomes of the old path', () => {
    const { network, server, fresh } = restarted();
    network.take(server, server.agent.setRemote(fresh.browser, network.now));
    network.cut = () => true;
    assert.ok(network.run(12_000, () => server.of('disconnected').length === 1));
    network.cut = () => false;
    assert.ok(network.run(7_000, () => server.of('selected').length === 2));
  });

  it('brings back what had failed', () => {
    const { network, server, browser, fresh } = restarted();
    network.cut = () => true;
    network.run(60_000);
    assert.equal(server.of('failed').length, 1);
    network.cut = () => false;
    network.take(browser, browser.agent.restart(fresh.browser, network.now));
    network.take(browser, browser.agent.setRemote(fresh.server, network.now));
    network.take(server, server.agent.setRemote(fresh.browser, network.now));
    for (const line of server.lines) network.take(browser, browser.agent.addRemoteCandidate(line, network.now));
    assert.ok(network.run(2_000, bothConnected(server, browser)));
  });
});
