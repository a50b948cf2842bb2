import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputPacket } from '@moonshare/gamestream';
import fc from 'fast-check';
import { smallDesktopState } from '../admin/small-desktop-state.ts';
import { Desktop } from '../desktop/desktop.ts';
import { SmallDesktopRenderer } from '../picture/small-desktop.ts';
import { MOON_ROWS } from './moons.ts';
import { LIST_COLUMNS, LIST_ROWS } from './places.ts';

const s16 = fc.integer({ min: -32768, max: 32767 });
/** Mostly where something is, and anywhere at all. */
const share = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);
const button = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
);
/** Modifiers, keys that move the caret, and any others. */
const keyCode = fc.oneof(
  fc.constantFrom(0xa0, 0xa2, 0x08, 0x09, 0x0d, 0x14, 0x20, 0x2e, 0x41, 0x43, 0x56, 0x58),
  fc.integer({ min: 0x21, max: 0x28 }),
  fc.integer({ min: 0, max: 0xffff }),
);

const packet: fc.Arbitrary<InputPacket> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('keyDown' as const, 'keyUp' as const),
    keyCode,
    modifiers: fc.constant(0),
    flags: fc.constant(0),
  }),
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ minLength: 1, maxLength: 8, unit: 'binary' }) }),
  fc.record({ kind: fc.constant('mouseMove' as const), dx: s16, dy: s16 }),
  fc.record({
    kind: fc.constant('mousePosition' as const),
    x: fc.integer({ min: 0, max: 999 }),
    y: fc.integer({ min: 0, max: 999 }),
    width: fc.constant(1000),
    height: fc.constant(1000),
  }),
  fc.record({ kind: fc.constantFrom('mouseDown' as const, 'mouseUp' as const), button }),
  fc.record({ kind: fc.constantFrom('scroll' as const, 'hscroll' as const), amount: s16 }),
  fc.record({
    kind: fc.constant('touch' as const),
    event: fc.constantFrom('hover', 'down', 'up', 'move', 'cancel', 'buttonOnly', 'hoverLeave', 'cancelAll'),
    pointerId: fc.nat(2),
    x: share,
    y: share,
    pressureOrDistance: fc.constant(0),
    contactMajor: fc.constant(0),
    contactMinor: fc.constant(0),
    rotation: fc.constant(0),
  }),
);

const SESSIONS = [1, 2];
const step = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({ session: fc.constantFrom(...SESSIONS), packet, pause: fc.constantFrom(0, 50, 1000) }),
  },
  { weight: 1, arbitrary: fc.record({ leaves: fc.constantFrom(...SESSIONS) }) },
  { weight: 1, arbitrary: fc.constant('begin' as const) },
);

test('whatever the input, the state keeps its bounds, and nothing is held after everybody has left', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const desktop = new Desktop(1280, 720, { widgets: true });
      let time = 0;
      for (const each of steps) {
        if (each === 'begin') desktop.begin();
        else if ('leaves' in each) desktop.release(each.leaves);
        else {
          time += each.pause;
          desktop.apply(each.session, each.packet, time);
        }
        keepsBounds(desktop);
      }
      for (const session of SESSIONS) desktop.release(session);
      const { pressed, heldKeys, heldButtons, touches, windows } = keepsBounds(desktop);
      assert.deepEqual([pressed, heldKeys, heldButtons, touches], [null, [], [], 0]);
      // Nothing follows the pointer any more.
      const { x, y } = windows.at(-1)!;
      desktop.apply(3, { kind: 'mouseMove', dx: 100, dy: 100 });
      const last = smallDesktopState(desktop)!.windows.at(-1)!;
      assert.deepEqual([last.x, last.y], [x, y]);
    }),
    { numRuns: 200 },
  );
});

function keepsBounds(desktop: Desktop) {
  const state = smallDesktopState(desktop)!;
  const { field, list, windows, box, submitted, places } = state;
  const length = [...field.text].length;
  assert.ok(length <= 256 && !/\p{Cc}/u.test(field.text));
  assert.ok(0 <= field.first && field.first <= field.caret && field.caret <= length);
  if (field.selection !== null) {
    const { start, end, text } = field.selection;
    assert.ok(0 <= start && start < end && end <= length);
    assert.equal([...field.text].slice(start, end).join(''), text);
  }
  assert.ok(submitted.length <= 10);
  assert.ok(Number.isInteger(list.offset) && 0 <= list.offset && list.offset <= MOON_ROWS.length - LIST_ROWS);
  assert.ok(Number.isInteger(list.column) && 0 <= list.column && list.column <= MOON_ROWS[0]!.length - LIST_COLUMNS);
  for (const { x, y, width, height } of [...windows, box, ...places.menuItems]) {
    assert.ok(x >= 0 && y > 0 && x + width <= 1 && y + height < 1);
  }
  assert.deepEqual(windows.map(({ id }) => id).sort(), ['drag', 'form', 'moons']);
  return state;
}

test('the same picture comes of the same state, whatever was drawn before', () => {
  const about = { lines: ['about'], clock: false };
  fc.assert(
    fc.property(fc.array(packet, { minLength: 20, maxLength: 60 }), (packets) => {
      const desktop = new Desktop(640, 360, { widgets: true });
      const used = new SmallDesktopRenderer(640, 360, about);
      for (const [index, each] of packets.entries()) {
        desktop.apply(1, each, index * 100);
        if (index % 4 === 0) used.draw(desktop, index, index);
      }
      used.draw(desktop, 1, 0);
      const fresh = new SmallDesktopRenderer(640, 360, about);
      fresh.draw(desktop, 2, 5000);
      assert.ok(used.canvas.data.equals(fresh.canvas.data));
    }),
    { numRuns: 25 },
  );
});
