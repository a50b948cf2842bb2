import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BINDING, decodeStun, encodeStun } from '../stun/message.ts';
import type { Path } from './path.ts';
import { ReflexiveGatherer } from './reflexive-gatherer.ts';

const V4 = { address: '10.0.0.5', port: 5000 };
const V6 = { address: '2001:db8::5', port: 5000 };
const SERVER = { address: '198.51.100.3', port: 3478 };
const BASES = [V4, V6, { address: '127.0.0.1', port: 5000 }];
const OUTSIDE = { address: '203.0.113.5', port: 61_000 };

/** A gatherer on virtual time, and what it has asked. */
function gathering(servers = [SERVER], bases = BASES) {
  const gatherer = new ReflexiveGatherer({ servers, bases });
  const asked: { at: number; path: Path; datagram: Uint8Array }[] = [];
  const found: { address: string; port: number }[] = [];
  let now = 0;
  let wakeAt = 0;
  const take = ({ events, wakeAt: next }: ReturnType<typeof gatherer.advance>) => {
    assert.ok(next > now);
    wakeAt = next;
    for (const event of events) {
      if (event.type === 'send') asked.push({ at: now, path: event.path, datagram: event.datagram });
      else found.push({ address: event.candidate.address, port: event.candidate.port });
    }
  };
  const run = (until: number) => {
    while (wakeAt <= until) {
      now = Math.max(now, wakeAt);
      take(gatherer.advance(now));
    }
    now = until;
  };
  const reply = (question: { path: Path; datagram: Uint8Array }, mappedAddress = OUTSIDE, path = question.path) => {
    const { transactionId } = decodeStun(question.datagram)!;
    take(gatherer.receive(encodeStun({ class: 'success', method: BINDING, transactionId, mappedAddress }), path, now));
  };
  return { gatherer, asked, found, run, reply };
}

describe('reflexive gathering', () => {
  it('asks each server from each address of its family', () => {
    const { asked, run } = gathering([SERVER, { address: '2001:db8::3', port: 3478 }]);
    run(60);
    assert.deepEqual(
      asked.map(({ path }) => [path.local.address, path.remote.address]),
      [
        ['10.0.0.5', '198.51.100.3'],
        ['2001:db8::5', '2001:db8::3'],
      ],
    );
  });

  it('finds a candidate, once, and another when the NAT has changed it', () => {
    const { asked, found, run, reply } = gathering();
    run(10);
    reply(asked[0]!);
    reply(asked[0]!);
    assert.deepEqual(found, [OUTSIDE]);
    run(15_020);
    assert.equal(asked.length, 2, 'asked again, so that the NAT does not forget it');
    reply(asked[1]!);
    assert.deepEqual(found, [OUTSIDE]);
    run(30_025);
    reply(asked[2]!, { address: '203.0.113.5', port: 61_001 });
    assert.deepEqual(found[1], { address: '203.0.113.5', port: 61_001 });
  });

  it('finds nothing new without a NAT, nor what is not by the server that was asked', () => {
    const { asked, found, run, reply } = gathering();
    run(10);
    reply(asked[0]!, OUTSIDE, { ...asked[0]!.path, remote: { address: '198.51.100.4', port: 3478 } });
    reply(asked[0]!, { address: '2001:db8::9', port: 1 });
    assert.deepEqual(found, []);
    run(15_020);
    reply(asked[1]!, V4);
    assert.deepEqual(found, []);
  });

  it('repeats what is lost, seven times in half a minute, and starts again later', () => {
    const { asked, run } = gathering();
    run(36_000);
    assert.deepEqual(
      asked.map(({ at }) => at),
      [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500],
    );
    run(50_900);
    assert.equal(asked.length, 8);
  });

  it('asks a bounded number of servers, one question in 50 ms', () => {
    const servers = Array.from({ length: 50 }, (_, i) => ({ address: `198.51.100.${i}`, port: 3478 }));
    const bases = Array.from({ length: 50 }, (_, i) => ({ address: `10.0.0.${i}`, port: 5000 }));
    const { asked, run } = gathering(servers, bases);
    run(60_000);
    assert.equal(new Set(asked.map(({ path }) => path.remote.address)).size, 4);
    assert.equal(new Set(asked.map(({ path }) => path.local.address)).size, 8);
    asked.slice(1).forEach(({ at }, i) => {
      assert.ok(at - asked[i]!.at >= 50);
    });
  });
});
