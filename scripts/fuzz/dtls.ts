import { DtlsPair, PEER, type Role } from '../../packages/webrtc/dtls/testing/pair.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const ROLES = ['client', 'server'] as const satisfies Role[];
/** More datagrams than a handshake has, so that some runs damage only what comes after it. */
const STEPS = 12;

/** Two peers of our own with somebody between them who damages, adds and repeats datagrams. Needs the addon. */
export function dtlsTarget(): Target {
  const samples: Buffer[] = [];
  const sample = new DtlsPair();
  sample.flush((one) => {
    samples.push(Buffer.from(one.datagram));
    return [one];
  });
  return { name: 'webrtc-native-dtls', samples, run: (input, random) => interfere(input, random) };
}

function interfere(input: Buffer, random: Random): void {
  const pair = new DtlsPair();
  const seen: Buffer[] = [];
  let injectAt = random.below(STEPS);
  const damageAt = random.below(STEPS);
  pair.flush((one) => {
    seen.push(Buffer.from(one.datagram));
    const step = seen.length;
    const datagrams = [one];
    if (step === damageAt) datagrams[0] = { ...one, datagram: mutate(random, seen) };
    if (step >= injectAt && step < STEPS) {
      injectAt += 1 + random.below(STEPS);
      datagrams.unshift({ ...one, from: random.pick(ROLES), datagram: input });
    }
    return step < 4 * STEPS ? datagrams : [];
  });
  for (const role of ROLES) {
    pair.take(role, pair.sides[role].receive(input, pair.now));
    pair.take(role, pair.sides[role].send(Buffer.from('data'), pair.now));
    pair.take(role, pair.sides[role].receive(mutate(random, seen), pair.now));
    pair.take(role, pair.sides[role].advance(pair.now + random.below(30_000)));
  }
  pair.flush();
  for (const role of ROLES) check(pair, role);
}

/** At most one connection, with the peer's keys; the end is the last event; and no data that the peer did not send. */
function check(pair: DtlsPair, role: Role): void {
  const events = pair.events[role];
  const types = events.map(({ type }) => type).join(' ');
  if (!/^(connected( data)*)?( ?closed)?$/.test(types)) throw new Error(`${role}: ${types}`);
  for (const event of events) {
    if (event.type === 'data' && Buffer.from(event.data).toString() !== 'data') throw new Error('data of a stranger');
    if (event.type !== 'connected') continue;
    const peer = pair.events[PEER[role]].find(({ type }) => type === 'connected');
    if (peer?.type === 'connected' && Buffer.compare(peer.srtp!.local, event.srtp!.remote) !== 0)
      throw new Error('keys that differ');
  }
}
