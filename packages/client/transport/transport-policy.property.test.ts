import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransportKind } from '@moonshare/contract/browser';
import fc from 'fast-check';
import { problem } from '../problem.ts';
import type { UsableTransports } from './transport-choice.ts';
import { type TransportAction, type TransportEvent, TransportPolicy } from './transport-policy.ts';

/** What gets through for a while. `peer`: its socket breaks at the beginning. */
interface Weather {
  ms: number;
  udp: boolean;
  tcp: boolean;
  host: boolean;
  latencyMs: number;
  breaksPeer: boolean;
  changesNetwork: boolean;
}

interface Open {
  kind: TransportKind;
  hasPicture: boolean;
  /** Its network is gone since then; null: it works. */
  deadSince: number | null;
  /** What happens to it next, and when. */
  due: { at: number; what: 'connected' | 'picture' | 'failed' } | null;
}

const STEP_MS = 50;
/** Browsers give up a WebRTC connection after this, and one that has lost its network after that. */
const WEBRTC_CONNECT_MS = 15_000;
const WEBRTC_DEAD_MS = 5000;
/** A socket that delivers nothing for this long is dead. */
const WEBSOCKET_DEAD_MS = 10_000;
const STALLED_AFTER_MS = 1000;
const REJOIN_MS = 1000;

/** A viewer on virtual time: transports that live and die as the weather lets them, and a policy that decides about them. */
class Sky {
  now = 0;
  weather: Weather;
  readonly policy = new TransportPolicy();
  readonly open = new Map<TransportKind, Open>();
  readonly opened: Record<TransportKind, number[]> = { webrtc: [], websocket: [] };
  joins = 0;
  /** Since when two are open; null: they are not. */
  twoSince: number | null = null;
  weatherSince = 0;
  /** When last a transport that works carried. */
  carriedAt = 0;
  #rejoinAt: number | null = 0;
  readonly #transports: UsableTransports;

  constructor(transports: UsableTransports, weather: Weather) {
    this.#transports = transports;
    this.weather = weather;
  }

  get isJoined(): boolean {
    return this.#rejoinAt === null;
  }

  turn(weather: Weather): void {
    const before = this.weather;
    this.weather = weather;
    if (before.udp !== weather.udp || before.tcp !== weather.tcp || before.host !== weather.host || weather.breaksPeer)
      this.weatherSince = this.now;
    for (const transport of this.open.values()) {
      const works = this.#works(transport.kind);
      if (works) transport.deadSince = null;
      else transport.deadSince ??= this.now;
    }
    if (before.host !== weather.host) this.feed({ type: 'host', streams: weather.host });
    if (weather.changesNetwork) this.feed({ type: 'networkChanged' });
    if (weather.breaksPeer && this.isJoined) {
      this.#rejoinAt = this.now + REJOIN_MS;
      this.feed({ type: 'left' });
    }
  }

  run(ms: number): void {
    for (const until = this.now + ms; this.now < until; this.now += STEP_MS) this.#step();
  }

  feed(event: TransportEvent): void {
    this.#carryOut(this.policy.handle(event, this.now), event);
  }

  #works(kind: TransportKind): boolean {
    return kind === 'webrtc' ? this.weather.udp : this.weather.tcp;
  }

  #step(): void {
    if (this.#rejoinAt !== null && this.now >= this.#rejoinAt) {
      this.#rejoinAt = null;
      this.joins += 1;
      this.open.clear();
      this.feed({ type: 'joined', transports: this.#transports, udpFailed: this.joins % 2 === 0 });
    }
    for (const transport of [...this.open.values()]) this.#live(transport);
    if (this.now >= this.policy.wakeAt) {
      this.#carryOut(this.policy.advance(this.now), null);
      assert.ok(this.policy.wakeAt > this.now, 'it wants to be called again at once');
    }
    this.#look();
  }

  /** A transport connects, gets its picture, or notices that its network is gone. */
  #live(transport: Open): void {
    const { kind, due, deadSince } = transport;
    const patience = kind === 'websocket' ? WEBSOCKET_DEAD_MS : WEBRTC_DEAD_MS;
    if (deadSince !== null && due === null && this.now - deadSince >= patience) this.#fail(kind);
    if (due === null || this.now < due.at) return;
    transport.due = null;
    if (due.what === 'failed') this.#fail(kind);
    // What was lost on the way does not come later.
    else if (deadSince !== null) transport.due = { at: deadSince + WEBSOCKET_DEAD_MS, what: 'failed' };
    else if (due.what === 'connected') {
      transport.due = { at: this.now + this.weather.latencyMs, what: 'picture' };
      this.feed({ type: 'connected', transport: kind });
    } else if (!this.weather.host) transport.due = due;
    else {
      transport.hasPicture = true;
      this.feed({ type: 'picture', transport: kind });
    }
  }

  #fail(kind: TransportKind): void {
    const transport = this.open.get(kind);
    if (transport !== undefined) transport.hasPicture = false;
    this.feed({ type: 'failed', transport: kind, why: problem('MEDIA_LOST') });
  }

  #carryOut(actions: TransportAction[], cause: TransportEvent | null): void {
    let justUsed: TransportKind | null = null;
    for (const action of actions) {
      switch (action.type) {
        case 'open':
          assert.ok(!this.open.has(action.transport), 'it is open already');
          this.open.set(action.transport, this.#begin(action.transport));
          this.opened[action.transport].push(this.now);
          break;
        case 'use':
          assert.ok(this.open.get(action.transport)?.hasPicture, 'it has no picture to show');
          justUsed = action.transport;
          break;
        case 'close': {
          const hasFailed = cause?.type === 'failed' && cause.transport === action.transport;
          const closed = this.open.get(action.transport);
          assert.ok(closed, 'nothing to close');
          assert.ok(!closed.hasPicture || hasFailed || justUsed !== null, 'a picture is taken away');
          this.open.delete(action.transport);
          break;
        }
        case 'lost':
          this.#rejoinAt = this.now + REJOIN_MS;
          break;
        case 'udp':
          break;
      }
    }
    if (!this.isJoined) return;
    assert.ok(this.open.size > 0 || this.policy.wakeAt - this.now <= 2000, 'nothing is open, and nobody was told');
    const pictures = [...this.open.values()].filter(({ hasPicture }) => hasPicture).map(({ kind }) => kind);
    assert.deepEqual(pictures, this.policy.carrier === null ? [] : [this.policy.carrier]);
  }

  #begin(kind: TransportKind): Open {
    const works = this.#works(kind);
    const refusedAfter = kind === 'webrtc' ? WEBRTC_CONNECT_MS : this.weather.latencyMs;
    const due = works
      ? { at: this.now + this.weather.latencyMs, what: 'connected' as const }
      : { at: this.now + refusedAfter, what: 'failed' as const };
    return { kind, hasPicture: false, deadSince: works ? null : this.now, due };
  }

  #look(): void {
    const carrier = this.policy.carrier;
    const deadSince = carrier === null ? null : (this.open.get(carrier)?.deadSince ?? null);
    const isStalled = deadSince !== null && this.now - deadSince >= STALLED_AFTER_MS;
    if (this.isJoined && isStalled && this.weather.host) this.feed({ type: 'stalled' });
    if (!this.isJoined || this.open.size < 2) this.twoSince = null;
    else this.twoSince ??= this.now;
    if (carrier !== null && deadSince === null && this.isJoined) this.carriedAt = this.now;
  }
}

const weather = fc.record<Weather>({
  ms: fc.oneof(fc.integer({ min: 50, max: 3000 }), fc.integer({ min: 3000, max: 600_000 })),
  udp: fc.boolean(),
  tcp: fc.boolean(),
  host: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, { arbitrary: fc.constant(false), weight: 1 }),
  latencyMs: fc.constantFrom(50, 200, 900, 3000),
  breaksPeer: fc.oneof({ arbitrary: fc.constant(false), weight: 5 }, { arbitrary: fc.constant(true), weight: 1 }),
  changesNetwork: fc.boolean(),
});
const BOTH: UsableTransports = ['webrtc', 'websocket'];
const allowed = fc.constantFrom<UsableTransports>(BOTH, BOTH, BOTH, ['webrtc'], ['websocket']);

test('in any network: one carries, two are open only for a while, and no picture is taken away before the next is there', () => {
  fc.assert(
    fc.property(allowed, fc.array(weather, { minLength: 1, maxLength: 12 }), (transports, days) => {
      const sky = new Sky(transports, { ...days[0]!, host: true, breaksPeer: false });
      for (const day of days) {
        sky.turn(day);
        const until = sky.now + day.ms;
        while (sky.now < until) {
          sky.run(STEP_MS);
          const since = Math.max(sky.twoSince ?? sky.now, sky.weatherSince);
          assert.ok(sky.now - since <= WEBRTC_CONNECT_MS + 1000, `two are open for ${sky.now - since} ms`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('in any network: what can carry does so within half a minute', () => {
  fc.assert(
    fc.property(allowed, fc.array(weather, { minLength: 1, maxLength: 8 }), (transports, days) => {
      const sky = new Sky(transports, { ...days[0]!, host: true, breaksPeer: false });
      for (const day of days) {
        sky.turn(day);
        const canCarry = (transports.includes('webrtc') && day.udp) || (transports.includes('websocket') && day.tcp);
        const until = sky.now + day.ms;
        while (sky.now < until) {
          sky.run(STEP_MS);
          const since = Math.max(sky.carriedAt, sky.weatherSince);
          if (canCarry && day.host) assert.ok(sky.now - since <= 30_000, `no picture for ${sky.now - since} ms`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('in any network: attempts are few', () => {
  fc.assert(
    fc.property(fc.array(weather, { minLength: 20, maxLength: 60 }), (days) => {
      const sky = new Sky(BOTH, { ...days[0]!, host: true, breaksPeer: false });
      for (const day of days) {
        sky.turn(day);
        sky.run(day.ms);
      }
      // Each join, each loss of a carrier, and with WebRTC the periodic ones and those after changes of the network.
      const losses = sky.opened.websocket.length;
      const minutes = sky.now / 60_000;
      assert.ok(sky.opened.webrtc.length <= sky.joins + losses + minutes / 5 + 6, JSON.stringify(sky.opened));
      for (const kind of BOTH) {
        const times = sky.opened[kind];
        for (const [i, at] of times.entries())
          assert.ok(times.filter((other) => other >= at && other < at + 60_000).length <= 30, `${kind} after ${i}`);
      }
    }),
    { numRuns: 40 },
  );
});
