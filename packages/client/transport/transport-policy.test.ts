import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TransportKind } from '@moonshare/contract/browser';
import { problem } from '../problem.ts';
import type { UsableTransports } from './transport-choice.ts';
import { type TransportEvent, TransportPolicy } from './transport-policy.ts';

const MINUTE = 60_000;
const BOTH: UsableTransports = ['webrtc', 'websocket'];
const failed = (transport: TransportKind): TransportEvent => {
  return { type: 'failed', transport, why: problem(transport === 'webrtc' ? 'VIEWER_UNREACHABLE' : 'MEDIA_LOST') };
};
const picture = (transport: TransportKind): TransportEvent => ({ type: 'picture', transport });
const connected = (transport: TransportKind): TransportEvent => ({ type: 'connected', transport });

/** A policy on virtual time. What it wants is written as 'open webrtc', 'use websocket', 'lost CONNECTION_STALLED'. */
class PolicyRun {
  now = 0;
  readonly policy = new TransportPolicy();

  /** At once. */
  feed(...events: TransportEvent[]): string[] {
    return events.flatMap((event) => this.policy.handle(event, this.now).map(describeAction));
  }

  join(transports = BOTH, udpFailed = false): string[] {
    return this.feed({ type: 'joined', transports, udpFailed });
  }

  /** What happens by itself in this time, each with its time from the start. */
  wait(ms: number): [number, string][] {
    const until = this.now + ms;
    const seen: [number, string][] = [];
    while (this.policy.wakeAt <= until) {
      this.now = Math.max(this.now, this.policy.wakeAt);
      for (const action of this.policy.advance(this.now)) seen.push([this.now, describeAction(action)]);
      assert.ok(this.policy.wakeAt > this.now, 'it wants to be called again at once');
    }
    this.now = until;
    return seen;
  }

  until(action: string): void {
    while (!this.wait(1000).some(([, seen]) => seen === action)) assert.ok(this.now < 24 * 60 * MINUTE, action);
  }

  /** Joined, and carried by the WebSocket since UDP did not get through. */
  onWebSocket(): this {
    this.join();
    this.wait(2000);
    this.feed(connected('websocket'), picture('websocket'));
    assert.equal(this.policy.carrier, 'websocket');
    return this;
  }

  onWebRtc(): this {
    this.join();
    this.feed(connected('webrtc'), picture('webrtc'));
    assert.equal(this.policy.carrier, 'webrtc');
    return this;
  }
}

function describeAction(action: ReturnType<TransportPolicy['handle']>[number]): string {
  switch (action.type) {
    case 'lost':
      return `lost ${action.why.code}`;
    case 'udp':
      return `udp ${action.works ? 'works' : 'fails'}`;
    default:
      return `${action.type} ${action.transport}`;
  }
}

describe('the first picture', () => {
  test('over WebRTC in time: the WebSocket is never opened', () => {
    const run = new PolicyRun();
    assert.deepEqual(run.join(), ['open webrtc']);
    assert.deepEqual(run.wait(1499), []);
    assert.deepEqual(run.feed(connected('webrtc')), []);
    assert.deepEqual(run.wait(500), []);
    assert.deepEqual(run.feed(picture('webrtc')), ['use webrtc', 'udp works']);
    assert.deepEqual(run.wait(10 * MINUTE), []);
  });

  test('no connection in a second and a half: the WebSocket is opened beside it, and the first picture wins', () => {
    for (const winner of BOTH) {
      const run = new PolicyRun();
      run.join();
      assert.deepEqual(run.wait(3000), [[1500, 'open websocket']]);
      const loser = winner === 'webrtc' ? 'websocket' : 'webrtc';
      const verdict = winner === 'webrtc' ? ['udp works'] : ['udp fails'];
      const actions = run.feed(picture(winner));
      assert.deepEqual(
        actions.filter((action) => !action.startsWith('udp')),
        [`use ${winner}`, `close ${loser}`],
      );
      assert.deepEqual(
        actions.filter((action) => action.startsWith('udp')),
        verdict,
      );
    }
  });

  test('where UDP failed within the hour, both begin at once, and a quick WebSocket says nothing new about UDP', () => {
    const run = new PolicyRun();
    assert.deepEqual(run.join(BOTH, true), ['open webrtc', 'open websocket']);
    run.wait(300);
    assert.deepEqual(run.feed(picture('websocket')), ['use websocket', 'close webrtc']);
  });

  test('while the host is away nobody waits for a picture, and a connected WebRTC is enough', () => {
    const run = new PolicyRun();
    run.feed({ type: 'host', streams: false });
    run.join();
    run.feed(connected('webrtc'));
    assert.deepEqual(run.wait(10 * MINUTE), []);
    run.feed({ type: 'host', streams: true });
    assert.deepEqual(run.wait(3000), [[10 * MINUTE + 2000, 'open websocket']]);
    assert.deepEqual(run.feed({ type: 'host', streams: false }), ['close websocket']);
  });

  test('while the host is away a WebRTC that does not connect is still helped', () => {
    const run = new PolicyRun();
    run.feed({ type: 'host', streams: false });
    run.join();
    assert.deepEqual(run.wait(2000), [[1500, 'open websocket']]);
    run.feed(connected('websocket'));
    assert.deepEqual(run.feed(failed('webrtc')), ['close webrtc']);
    assert.deepEqual(run.wait(10 * MINUTE), []);
    run.feed({ type: 'host', streams: true });
    assert.deepEqual(run.feed(picture('websocket')), ['use websocket', 'udp fails']);
  });
});

describe('a WebSocket that is refused', () => {
  test('is no error: WebRTC goes on, and the WebSocket is not tried again for this peer', () => {
    const run = new PolicyRun();
    run.join();
    run.wait(2000);
    assert.deepEqual(run.feed(failed('websocket')), ['close websocket']);
    assert.deepEqual(run.wait(MINUTE), []);
    assert.deepEqual(run.feed(picture('webrtc')), ['use webrtc', 'udp works']);
    assert.deepEqual(run.feed(failed('webrtc')), ['close webrtc', 'lost VIEWER_UNREACHABLE']);
    assert.deepEqual(run.join(), ['open webrtc']);
    assert.deepEqual(run.wait(2000), [[MINUTE + 3500, 'open websocket']]);
  });

  test('or brings no picture in eight seconds is given up, with WebRTC left as it is', () => {
    const run = new PolicyRun();
    run.join();
    run.feed(connected('webrtc'));
    assert.deepEqual(run.wait(MINUTE), [
      [2000, 'open websocket'],
      [10_000, 'close websocket'],
    ]);
  });

  test('and WebRTC fails too: lost, for the reason why WebRTC failed', () => {
    for (const order of [BOTH, BOTH.toReversed()]) {
      const run = new PolicyRun();
      run.join();
      run.wait(2000);
      assert.deepEqual(
        order.flatMap((transport) => run.feed(failed(transport))),
        [`close ${order[0]}`, `close ${order[1]}`, 'lost VIEWER_UNREACHABLE'],
      );
      assert.deepEqual(run.feed(picture('webrtc'), connected('websocket'), { type: 'stalled' }), []);
      assert.deepEqual(run.wait(10 * MINUTE), []);
    }
  });
});

describe('WebRTC dies', () => {
  test('the WebSocket is opened at once; WebRTC is closed after that, and not tried again immediately', () => {
    const run = new PolicyRun().onWebRtc();
    assert.deepEqual(run.feed(failed('webrtc')), ['open websocket']);
    assert.deepEqual(run.feed(connected('websocket')), ['close webrtc']);
    assert.deepEqual(run.feed(picture('websocket')), ['use websocket', 'udp fails']);
    assert.deepEqual(run.feed({ type: 'networkChanged' }), []);
    assert.deepEqual(run.wait(20_000), [[20_000, 'open webrtc']]);
  });

  test('it stalls: it is closed only when the WebSocket has a picture', () => {
    const run = new PolicyRun().onWebRtc();
    assert.deepEqual(run.feed({ type: 'stalled' }, { type: 'stalled' }), ['open websocket']);
    assert.equal(run.policy.carrier, 'webrtc');
    assert.deepEqual(run.feed(picture('websocket')), ['use websocket', 'close webrtc', 'udp fails']);
    assert.equal(run.policy.carrier, 'websocket');
  });

  test('at the first signs of a stall the WebSocket is opened, and if it is refused nothing is lost yet', () => {
    const run = new PolicyRun().onWebRtc();
    assert.deepEqual(run.feed({ type: 'stalling' }), ['open websocket']);
    run.feed(failed('websocket'));
    assert.deepEqual(run.feed({ type: 'stalling' }), []);
    assert.deepEqual(run.feed({ type: 'stalled' }), ['lost CONNECTION_STALLED']);
  });

  test('it stalls and the WebSocket brings no picture: lost before what is held is released', () => {
    const run = new PolicyRun().onWebRtc();
    run.feed({ type: 'stalling' });
    run.wait(2499);
    assert.deepEqual(run.feed({ type: 'stalled' }), []);
    run.wait(1);
    assert.deepEqual(run.feed({ type: 'stalled' }), ['close websocket', 'lost CONNECTION_STALLED']);
  });

  test('it stalls and the WebSocket is refused: lost only if it still stalls', () => {
    const run = new PolicyRun().onWebRtc();
    run.feed({ type: 'stalled' });
    assert.deepEqual(run.feed(failed('websocket')), ['close websocket']);
    assert.deepEqual(run.feed({ type: 'stalled' }), ['lost CONNECTION_STALLED']);
  });

  test('it stalls and then fails: the WebSocket on its way is kept', () => {
    const run = new PolicyRun().onWebRtc();
    run.feed({ type: 'stalled' });
    assert.deepEqual(run.feed(failed('webrtc')), []);
    assert.deepEqual(run.feed(picture('websocket')), ['use websocket', 'udp fails', 'close webrtc']);
  });

  test('it stalls and then fails while the host is away: it is closed, as the WebSocket is up', () => {
    const run = new PolicyRun().onWebRtc();
    run.feed({ type: 'stalled' }, connected('websocket'), { type: 'host', streams: false });
    assert.deepEqual(run.feed(failed('webrtc')), ['close webrtc']);
    assert.deepEqual(run.wait(10 * MINUTE), []);
  });

  test('it connects but its pictures do not arrive: the WebSocket is opened before the two seconds are over', () => {
    const run = new PolicyRun();
    run.join();
    run.feed(connected('webrtc'));
    run.wait(1200);
    assert.deepEqual(run.feed({ type: 'stalled' }), ['open websocket']);
  });

  test('where only WebRTC may be used: lost, as without a WebSocket', () => {
    for (const [event, lost] of [
      [failed('webrtc'), ['close webrtc', 'lost VIEWER_UNREACHABLE']],
      [{ type: 'stalled' }, ['lost CONNECTION_STALLED']],
    ] as const) {
      const run = new PolicyRun();
      assert.deepEqual(run.join(['webrtc']), ['open webrtc']);
      assert.deepEqual(run.wait(MINUTE), []);
      run.feed(connected('webrtc'), picture('webrtc'));
      assert.deepEqual(run.feed(event), lost);
    }
  });
});

describe('on the WebSocket', () => {
  test('WebRTC is tried every five minutes, for eight seconds, and taken when it has a picture', () => {
    const run = new PolicyRun().onWebSocket();
    assert.deepEqual(run.wait(11 * MINUTE), [
      [2000 + 5 * MINUTE, 'open webrtc'],
      [10_000 + 5 * MINUTE, 'close webrtc'],
      [10_000 + 5 * MINUTE, 'udp fails'],
      [10_000 + 10 * MINUTE, 'open webrtc'],
      [18_000 + 10 * MINUTE, 'close webrtc'],
      [18_000 + 10 * MINUTE, 'udp fails'],
    ]);
    run.wait(4 * MINUTE + 20_000);
    assert.deepEqual(run.feed(connected('webrtc')), []);
    assert.deepEqual(run.feed(picture('webrtc')), ['use webrtc', 'close websocket', 'udp works']);
    assert.deepEqual(run.wait(60 * MINUTE), []);
  });

  test('WebRTC is tried when the network changes, later each time that it was in vain', () => {
    const run = new PolicyRun().onWebSocket();
    run.wait(MINUTE);
    const begun: number[] = [];
    for (let second = 0; second < 60 * 60; second += 1) {
      const before = run.now;
      run.feed({ type: 'networkChanged' });
      for (const [at, action] of run.wait(1000)) if (action === 'open webrtc') begun.push(at);
      assert.equal(run.now, before + 1000);
    }
    const gaps = begun.slice(1).map((at, i) => at - begun[i]!);
    assert.deepEqual(gaps.slice(0, 5), [20_000, 40_000, 80_000, 160_000, 300_000]);
    assert.ok(begun.length <= 5 + 60 / 5, String(begun.length));
  });

  test('WebRTC is not tried while the host is away', () => {
    const run = new PolicyRun().onWebSocket();
    run.feed({ type: 'host', streams: false });
    assert.deepEqual(run.wait(20 * MINUTE), []);
    run.feed({ type: 'host', streams: true });
    assert.deepEqual(run.wait(1), [[20 * MINUTE + 2000, 'open webrtc']]);
  });

  test('it fails: both are tried, WebRTC only if it was not lost just before', () => {
    const run = new PolicyRun().onWebSocket();
    run.wait(MINUTE);
    const failedAt = run.now;
    assert.deepEqual(run.feed(failed('websocket')), ['close websocket', 'open webrtc']);
    assert.deepEqual(run.wait(1000), [[failedAt + 1000, 'open websocket']]);
    assert.deepEqual(run.feed(picture('websocket')), ['use websocket', 'close webrtc']);
    const twice = new PolicyRun().onWebSocket();
    twice.wait(MINUTE);
    twice.feed(failed('websocket'));
    assert.deepEqual(twice.feed(failed('webrtc')), ['close webrtc', 'open websocket']);
    assert.deepEqual(twice.wait(7999), []);
    const fallen = new PolicyRun().onWebRtc();
    fallen.feed(failed('webrtc'), picture('websocket'));
    fallen.wait(15_000);
    assert.deepEqual(fallen.feed(failed('websocket')), ['close websocket']);
    assert.deepEqual(fallen.wait(1000), [[16_000, 'open websocket']]);
  });

  test('one that keeps failing is not opened again at once', () => {
    const run = new PolicyRun();
    run.join(['websocket']);
    run.feed(picture('websocket'));
    run.wait(1000);
    assert.deepEqual(run.feed(failed('websocket')), ['close websocket']);
    assert.deepEqual(run.feed({ type: 'stalled' }), []);
    assert.deepEqual(run.wait(2000), [[3000, 'open websocket']]);
    assert.deepEqual(run.feed(failed('websocket')), ['close websocket', 'lost MEDIA_LOST']);
  });

  test('earlier failures no longer count once WebRTC has carried', () => {
    const run = new PolicyRun().onWebSocket();
    for (let i = 0; i < 4; i += 1) {
      run.until('open webrtc');
      run.until('close webrtc');
    }
    run.until('open webrtc');
    run.feed(picture('webrtc'), failed('webrtc'), picture('websocket'), { type: 'networkChanged' });
    const lostAt = run.now;
    assert.deepEqual(run.wait(20_000), [[lostAt + 20_000, 'open webrtc']]);
  });

  test('it stalls: lost, as there is nothing better', () => {
    const run = new PolicyRun().onWebSocket();
    run.wait(MINUTE);
    assert.deepEqual(run.feed({ type: 'stalled' }), ['lost CONNECTION_STALLED']);
  });

  test('a WebRTC that works only briefly, again and again, is tried less and less often', () => {
    const run = new PolicyRun().onWebSocket();
    let switches = 0;
    for (let second = 0; second < 4 * 60 * 60; second += 1) {
      run.feed({ type: 'networkChanged' });
      for (const [, action] of run.wait(1000)) {
        if (action !== 'open webrtc') continue;
        run.feed(picture('webrtc'));
        run.wait(3000);
        run.feed(failed('webrtc'), picture('websocket'));
        switches += 1;
      }
    }
    assert.ok(switches >= 3 && switches <= 14, String(switches));
  });

  test('once a WebRTC connection has carried for ten minutes, earlier failures are forgotten', () => {
    const run = new PolicyRun().onWebRtc();
    for (let i = 0; i < 5; i += 1) {
      run.wait(10 * MINUTE);
      run.feed(failed('webrtc'), picture('websocket'), { type: 'networkChanged' });
      const lostAt = run.now;
      assert.deepEqual(run.wait(20_000), [[lostAt + 20_000, 'open webrtc']]);
      run.feed(picture('webrtc'));
    }
  });

  test('where only the WebSocket may be used, WebRTC is never tried', () => {
    const run = new PolicyRun();
    assert.deepEqual(run.join(['websocket']), ['open websocket']);
    run.feed(connected('websocket'), picture('websocket'), { type: 'networkChanged' });
    assert.deepEqual(run.wait(20 * MINUTE), []);
  });
});

describe('the peer', () => {
  test('without its socket nothing is opened, and the transport that carries is left alone', () => {
    const run = new PolicyRun().onWebSocket();
    run.wait(5 * MINUTE);
    assert.deepEqual(run.feed({ type: 'left' }), ['close webrtc']);
    assert.deepEqual(run.feed(failed('websocket'), { type: 'networkChanged' }, { type: 'stalled' }), []);
    assert.deepEqual(run.wait(20 * MINUTE), []);
    assert.deepEqual(run.join(), ['open webrtc']);
  });

  test('a WebSocket that is connected may take its time where it is the only one', () => {
    const run = new PolicyRun();
    run.join(['websocket']);
    run.feed(connected('websocket'));
    assert.deepEqual(run.wait(10 * MINUTE), []);
  });

  test('a WebSocket that never connects is given up where it is the only one', () => {
    const run = new PolicyRun();
    run.join(['websocket']);
    assert.deepEqual(run.wait(MINUTE), [
      [8000, 'close websocket'],
      [8000, 'lost MEDIA_LOST'],
    ]);
  });
});
