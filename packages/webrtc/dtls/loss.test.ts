// Mostly waits: for OpenSSL's retransmission timer, which runs on the machine's clock.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadNative } from '../native/load.ts';
import { DtlsPair, type InFlight, PEER, type Role } from './testing/pair.ts';

const native = loadNative();
const ROLES = ['client', 'server'] as const;

/** Both connected with the same keys, and data gets through. */
function assertWorks(pair: DtlsPair): void {
  const keys = (role: Role) => {
    const found = pair.events[role].flatMap((event) => (event.type === 'connected' ? [event.srtp!] : []));
    assert.equal(found.length, 1);
    return found[0]!;
  };
  assert.deepEqual(keys('client').local, keys('server').remote);
  assert.deepEqual(keys('client').remote, keys('server').local);
  for (const role of ROLES) {
    pair.take(role, pair.sides[role].send(Buffer.from(role), pair.now));
    pair.flush();
    assert.ok(
      pair.events[PEER[role]].some(
        (event) => event.type === 'data' && Buffer.from(event.data).equals(Buffer.from(role)),
      ),
    );
  }
  for (const role of ROLES) assert.ok(pair.events[role].every(({ type }) => type === 'connected' || type === 'data'));
}

describe('a DTLS handshake', { skip: 'reason' in native && native.reason }, () => {
  it('survives the loss of each datagram, several times over', async () => {
    // With an MTU this small each flight is several datagrams. How many varies, with the lengths of signatures; at least three a side.
    const small = { mtu: 256 };
    const lost = ROLES.flatMap((from) => Array.from({ length: 8 }, (_, index) => ({ from, index })));
    // Each pair waits for its own timers, so they wait together.
    await Promise.all(
      lost.map(async ({ from, index }) => {
        const pair = new DtlsPair({ client: small, server: small });
        let dropped = 0;
        await pair.connect((one) => {
          // This one, and the next two of its sender.
          const isLost = one.from === from && one.index >= index && dropped < 3;
          if (isLost) dropped++;
          return isLost ? [] : [one];
        });
        assert.ok(dropped > 0 || index > 2);
        assertWorks(pair);
      }),
    );
  });

  it('comes to the same end whatever the network does to datagrams', async () => {
    const fate = fc.constantFrom('arrives', 'arrives', 'arrives', 'lost', 'twice', 'late', 'damaged');
    const runs = fc.sample(fc.array(fate, { minLength: 4, maxLength: 12 }), 40);
    await Promise.all(
      runs.map(async (fates) => {
        const pair = new DtlsPair();
        const story = fates.join(' ');
        await pair.connect(network(fates));
        try {
          assertWorks(pair);
        } catch (error) {
          assert.fail(`${story}: ${error}`);
        }
      }),
    );
  });
});

/** What happens to one datagram after the other; those that are late come after the next that arrives. */
function network(fates: string[]): (one: InFlight) => InFlight[] {
  const late: InFlight[] = [];
  return (one) => {
    switch (fates.shift()) {
      case 'lost':
        return [];
      case 'twice':
        return [one, one, ...late.splice(0)];
      case 'late':
        late.push(one);
        return [];
      case 'damaged': {
        // In its version: such records are dropped before anything else in them is looked at.
        const datagram = Uint8Array.from(one.datagram);
        datagram[1]! ^= 0x40;
        return [{ ...one, datagram }];
      }
      default:
        return [one, ...late.splice(0)];
    }
  };
}
