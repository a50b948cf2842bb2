import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import { isOfGamepad, type Role, type ViewerInput } from '@moonshare/contract';
import type { InputPacket } from '@moonshare/gamestream';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Controls } from '../input/arbiter.ts';
import { HostModel, input } from '../input/testing/host-model.ts';
import { InputRelay } from './input-relay.ts';

const PEOPLE = ['a', 'b', 'c'];
const AGENTS = ['x', 'y'];

const person = fc.constantFrom(...PEOPLE);
const text = fc.record({ kind: fc.constant('text' as const), text: fc.string({ minLength: 1, maxLength: 5000 }) });
const delta = fc.integer({ min: -300, max: 300 });
const motion = fc.oneof(
  fc.record({ kind: fc.constant('mouseMove' as const), dx: delta, dy: delta }),
  fc.record({ kind: fc.constant('wheelPixels' as const), dx: delta, dy: delta }),
);
const event = fc.oneof(
  { weight: 8, arbitrary: input },
  { weight: 2, arbitrary: motion },
  { weight: 1, arbitrary: text },
) as fc.Arbitrary<ViewerInput>;
const role = fc.constantFrom<Role>('full', 'full', 'gamepad', 'watch');
const controls: fc.Arbitrary<Controls> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ of: 'everybody' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ of: fc.constant('holder' as const), holder: fc.constantFrom(null, ...PEOPLE, ...AGENTS) }),
  },
);
/** What can happen, in any order. */
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constant('input' as const), who: person, event }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('agent' as const),
      who: fc.constantFrom(...AGENTS),
      events: fc.array(event, { maxLength: 5 }),
      release: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('controls' as const), controls }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('role' as const), who: person, role }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('return' as const), who: person, isSoon: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hostLost' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 11_000 }) }) },
);

/** A relay with a host on the test's clock; `sent` are the packets since the last look. */
function rig() {
  let host = new HostModel();
  let isUp = false;
  let sent: InputPacket[] = [];
  const dropped = new Set<string>();
  const relay = new InputRelay({
    host: () => {
      if (!isUp) return null;
      const send = (packet: InputPacket) => {
        sent.push(packet);
        host.take([packet]);
      };
      return { send, waiting: 0 };
    },
    players: () => {},
    dropped: (id) => void dropped.add(id),
    active: () => {},
    sent: () => {},
    counters: { input: () => {}, inputRefused: () => {} },
    log: pino({ level: 'silent' }),
  });
  const up = () => {
    host = new HostModel();
    isUp = true;
    relay.hostUp({ touch: true, fineWheel: false });
  };
  return {
    relay,
    dropped,
    up,
    lose: () => {
      relay.hostDown();
      isUp = false;
    },
    held: () => host.held,
    take: () => {
      const all = sent;
      sent = [];
      return all;
    },
  };
}

const presses = (packets: readonly InputPacket[]) =>
  packets.filter(
    ({ kind, ...rest }) =>
      !['keyUp', 'mouseUp', 'touch', 'controllerArrival', 'controllerState'].includes(kind) ||
      (kind === 'touch' && 'event' in rest && rest.event !== 'cancel' && rest.event !== 'up'),
  );

/** The clock, the timers and a pass of time in which nothing else happens. */
function clock(context: TestContext) {
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  return {
    reset: () => {
      mock.timers.reset();
      mock.timers.enable({ apis: ['setTimeout'] });
      now = 0;
    },
    pass: (ms: number) => {
      for (let left = ms; left > 0; left -= 100) {
        const step = Math.min(left, 100);
        now += step;
        mock.timers.tick(step);
      }
    },
  };
}

test('only the holder uses keyboard, mouse and touch, nothing stays down, and who is refused is told', (context) => {
  const time = clock(context);
  context.after(() => mock.timers.reset());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      time.reset();
      const { relay, dropped, up, lose, held, take } = rig();
      up();
      const ids = new Map(PEOPLE.map((name) => [name, name]));
      const roles = new Map<string, Role>(PEOPLE.map((name) => [name, 'full']));
      for (const name of PEOPLE) relay.join(name, 'full', [name]);
      let current: Controls = { of: 'everybody' };
      const idOf = (name: string) => ids.get(name) ?? name;
      const mayUse = (name: string) => current.of === 'everybody' || current.holder === name;
      const set = () =>
        relay.setControls(
          current.of === 'holder' && current.holder !== null ? { of: 'holder', holder: idOf(current.holder) } : current,
        );
      for (const taken of steps) {
        take();
        switch (taken.do) {
          case 'input': {
            relay.take(idOf(taken.who), taken.event);
            const isFree = isOfGamepad(taken.event);
            if (isFree || (mayUse(taken.who) && roles.get(taken.who) === 'full')) break;
            assert.deepEqual(presses(take()), [], 'input without the controls reached the host');
            if (roles.get(taken.who) === 'full')
              assert.ok(dropped.has(idOf(taken.who)), 'who was refused was not told');
            break;
          }
          case 'agent': {
            const { outcome } = relay.takeOfAgent({ id: taken.who, caller: 'c' }, taken.events, taken.release);
            if (mayUse(taken.who) || taken.events.every(isOfGamepad)) assert.equal(outcome, 'done');
            else {
              assert.equal(outcome, 'taken');
              assert.deepEqual(presses(take()), []);
            }
            break;
          }
          case 'controls':
            current = taken.controls;
            set();
            break;
          case 'role':
            roles.set(taken.who, taken.role);
            relay.setRole(idOf(taken.who), taken.role);
            break;
          case 'leave':
            relay.leave(idOf(taken.who));
            relay.join(idOf(taken.who), 'full', [taken.who]);
            roles.set(taken.who, 'full');
            break;
          case 'return': {
            const before = idOf(taken.who);
            relay.keep(before);
            relay.leave(before);
            if (!taken.isSoon) time.pass(5_000);
            ids.set(taken.who, `${before}'`);
            relay.join(`${before}'`, roles.get(taken.who)!, [taken.who]);
            relay.succeed(before, `${before}'`);
            relay.keepNothing(`${before}'`);
            set();
            break;
          }
          case 'hostLost':
            lose();
            take();
            up();
            break;
          case 'wait':
            time.pass(taken.ms);
            if (current.of === 'holder' && current.holder === null)
              assert.deepEqual(presses(take()), [], 'something that waited reached the host later');
            if (taken.ms >= 1_000) dropped.clear();
        }
        if (current.of === 'holder' && taken.do === 'controls') {
          // At the moment the controls change hands, nothing that others pressed is down any more.
          const counts = new Map(relay.held().map(({ participant, held: of }) => [participant, of]));
          for (const [id, of] of counts)
            if (id !== (current.holder === null ? null : idOf(current.holder)))
              assert.equal(of.keys + of.buttons + of.touches, 0, `${id} still holds something`);
        }
      }
      for (const id of ids.values()) relay.leave(id);
      time.pass(15_000);
      assert.deepEqual([...held()], []);
      assert.deepEqual(relay.held(), []);
      relay.releaseAll();
      relay.close();
    }),
    { numRuns: 200 },
  );
});
