import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewerInput } from '@moonshare/contract';
import fc from 'fast-check';
import { InputArbiter } from './arbiter.ts';
import { HostModel, input, physical } from './testing/host-model.ts';

const VIEWERS = ['a', 'b', 'c'];

type Step =
  | { viewer: string; event: ViewerInput }
  | { viewer: string; leave: true }
  | { viewer: string; returns: true };

const viewer = fc.constantFrom(...VIEWERS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ viewer, event: input }) },
  { weight: 1, arbitrary: fc.record({ viewer, leave: fc.constant(true as const) }) },
  { weight: 2, arbitrary: fc.record({ viewer, returns: fc.constant(true as const) }) },
);

function keysAndButtons(held: Iterable<string>): string[] {
  return [...held].filter((item) => !item.startsWith('touch')).sort();
}

test('the host holds the union of what viewers hold, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const arbiter = new InputArbiter();
      const host = new HostModel();
      const holds = new Map(VIEWERS.map((name) => [name, new Set<string>()]));
      const ids = new Map(VIEWERS.map((name) => [name, name]));
      host.take(arbiter.hostUp({ touch: true, fineWheel: false }));
      for (const name of VIEWERS) arbiter.join(name, 'full');
      for (const taken of steps) {
        const own = holds.get(taken.viewer)!;
        const id = ids.get(taken.viewer)!;
        if ('leave' in taken) {
          host.take(arbiter.leave(id));
          arbiter.join(id, 'full');
          own.clear();
        } else if ('returns' in taken) {
          ids.set(taken.viewer, `${id}'`);
          arbiter.join(`${id}'`, 'full');
          assert.deepEqual(arbiter.transfer(id, `${id}'`), []);
        } else {
          host.take(arbiter.handle(id, taken.event));
          const { event } = taken;
          if (event.kind === 'key' || event.kind === 'mouseButton') {
            const item = event.kind === 'key' ? `key ${physical(event.virtualKey)}` : `button ${event.button}`;
            if (event.down) own.add(item);
            else own.delete(item);
          }
        }
        const union = new Set([...holds.values()].flatMap((set) => [...set]));
        assert.deepEqual(keysAndButtons(host.held), [...union].sort());
        assert.equal(host.mask, arbiter.gamepadMask);
      }
      for (const id of ids.values()) host.take(arbiter.leave(id));
      assert.deepEqual([...host.held], []);
      assert.equal(host.mask, 0);
      arbiter.join('after', 'full');
      assert.equal(arbiter.handle('after', { kind: 'mouseMove', dx: 1, dy: 1 }).length, 1, 'a drag was left over');
    }),
    { numRuns: 300 },
  );
});

test('releaseAll leaves nothing held and no gamepad plugged in', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, touchHost) => {
      const arbiter = new InputArbiter();
      const host = new HostModel();
      host.take(arbiter.hostUp({ touch: touchHost, fineWheel: false }));
      for (const name of VIEWERS) arbiter.join(name, 'full');
      for (const taken of steps) {
        if ('event' in taken) host.take(arbiter.handle(taken.viewer, taken.event));
      }
      host.take(arbiter.releaseAll());
      assert.deepEqual([...host.held], []);
      assert.equal(host.mask, 0);
      for (const taken of steps) {
        if ('event' in taken) assert.deepEqual(arbiter.handle(taken.viewer, taken.event), []);
      }
    }),
  );
});

test('moves of any size arrive complete, in 16-bit steps', () => {
  fc.assert(
    fc.property(fc.integer({ min: -200_000, max: 200_000 }), fc.integer({ min: -200_000, max: 200_000 }), (dx, dy) => {
      const arbiter = new InputArbiter();
      arbiter.hostUp({ touch: false, fineWheel: false });
      arbiter.join('a', 'full');
      let x = 0;
      let y = 0;
      for (const packet of arbiter.handle('a', { kind: 'mouseMove', dx, dy })) {
        assert.ok(packet.kind === 'mouseMove');
        assert.ok(Math.abs(packet.dx) <= 0x7fff && Math.abs(packet.dy) <= 0x7fff);
        assert.ok(packet.dx !== 0 || packet.dy !== 0);
        x += packet.dx;
        y += packet.dy;
      }
      assert.deepEqual([x, y], [dx, dy]);
    }),
  );
});
