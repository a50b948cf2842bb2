import assert from 'node:assert/strict';
import test from 'node:test';
import { Button, controllerState } from '../gamepad-state.ts';
import { platformOf } from '../platform.ts';
import { BUTTONS, type PadPart, STICKS } from './layout.ts';
import { LayoutRegistry, type Pad } from './layout-registry.ts';
import { PadLesson } from './lesson.ts';
import { padNumber, tableFor } from './sdl-mapping.ts';
import TABLE from './sdl-table.json' with { type: 'json' };

const CHEAP = 'USB Gamepad (Vendor: 0079 Product: 0006)';

/** As Chromium shows it: 12 buttons and 7 axes, the last two of which are the hat. */
function cheap(pad: { down?: number[]; axes?: Record<number, number>; id?: string } = {}): Pad {
  const buttons = Array.from({ length: 12 }, (_, i) => {
    const pressed = pad.down?.includes(i) ?? false;
    return { pressed, value: pressed ? 1 : 0 };
  });
  return {
    index: 0,
    id: pad.id ?? CHEAP,
    mapping: '',
    buttons,
    axes: Array.from({ length: 7 }, (_, i) => pad.axes?.[i] ?? 0),
  };
}

function tabled(platform: 'linux' | 'windows' | 'mac' | null = 'linux'): LayoutRegistry {
  const registry = new LayoutRegistry(platform, null);
  registry.take(TABLE);
  return registry;
}

function stored() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => values.set(key, value),
  };
}

test('a gamepad in the table is read accordingly: buttons, hat, sticks', () => {
  const registry = tabled();
  const state = (pad: Pad) => controllerState(0, registry.standard(pad)!);
  assert.equal(state(cheap({ down: [2] })).buttons, Button.A);
  assert.equal(state(cheap({ down: [8, 9] })).buttons, Button.BACK | Button.PLAY);
  assert.equal(state(cheap({ axes: { 5: -1, 6: 1 } })).buttons, Button.LEFT | Button.DOWN);
  assert.equal(state(cheap({ down: [6] })).leftTrigger, 255);
  const { rightX, rightY, leftX } = state(cheap({ axes: { 3: 1, 4: -1 } }));
  assert.deepEqual([leftX, rightX, rightY], [0, 32_767, 32_767]);
});

test('unknown gamepads are not read: not in the table, another system, fewer buttons than the table has', () => {
  const registry = tabled();
  assert.equal(registry.standard(cheap({ id: 'Strange (Vendor: dead Product: beef)' })), null);
  assert.equal(registry.standard(cheap({ id: 'without a number' })), null);
  assert.equal(registry.standard({ ...cheap(), buttons: [] }), null);
  assert.equal(tabled(null).standard(cheap()), null);
  assert.equal(new LayoutRegistry('linux', null).standard(cheap()), null);
});

test('a trigger on an axis rests at one end, and counts as at rest before it has reported anything', () => {
  // An Xbox gamepad with its Linux driver: triggers are axes 2 and 5.
  const id = 'Pad (Vendor: 045e Product: 02d1)';
  const pad = (axes: number[]): Pad => ({
    ...cheap(),
    id,
    axes,
    buttons: Array.from({ length: 11 }, () => ({ pressed: false, value: 0 })),
  });
  const registry = tabled();
  const triggers = (axes: number[]) => {
    const { leftTrigger, rightTrigger, rightX, leftX } = controllerState(0, registry.standard(pad(axes))!);
    return [leftTrigger, rightTrigger, leftX, rightX];
  };
  assert.deepEqual(triggers([0, 0, -1, 0, 0, -1, 0, 0]), [0, 0, 0, 0]);
  assert.deepEqual(triggers([0, 0, 0, 0, 0, 0, 0, 0]), [0, 0, 0, 0]);
  assert.deepEqual(triggers([0, 0, 1, 0, 0, -0.5, 0, 0]), [255, 64, 0, 0]);
});

test('on Windows and macOS the hat is one axis, and the right stick is on other axes', () => {
  for (const [platform, number] of [
    ['windows', '0583 Product: a009'],
    ['mac', '0079 Product: 0006'],
  ] as const) {
    const registry = tabled(platform);
    const pad = (changes: Record<number, number>): Pad => ({
      index: 0,
      id: `Pad (Vendor: ${number})`,
      mapping: '',
      buttons: Array.from({ length: 16 }, () => ({ pressed: false, value: 0 })),
      axes: Array.from({ length: 10 }, (_, i) => changes[i] ?? (i === 9 ? 1.28571 : 0)),
    });
    const state = (axes: Record<number, number>) => controllerState(0, registry.standard(pad(axes))!);
    assert.equal(state({}).buttons, 0);
    assert.equal(state({ 9: -1 }).buttons, Button.UP);
    assert.equal(state({ 9: -1 + 2 / 7 }).buttons, Button.UP | Button.RIGHT);
    assert.equal(state({ 9: 1 }).buttons, Button.UP | Button.LEFT);
    assert.deepEqual([state({ 5: 1 }).rightY, state({ 2: 1 }).rightX], [-32_768, 32_767]);
    // Other browsers order the axes differently there.
    assert.equal(registry.standard({ ...pad({}), id: `${number.replace(' Product: ', '-')}-Pad` }), null);
  }
});

test('every line of the table is read or refused, for any gamepad with enough buttons and axes', () => {
  for (const platform of ['linux', 'windows', 'mac'] as const) {
    const registry = tabled(platform);
    const numbers = Object.values(TABLE[platform]).flatMap((line) => line.split(' '));
    assert.ok(numbers.length > 100, platform);
    for (const number of numbers) {
      assert.match(number, /^[0-9a-f]{8}$/);
      const id = `Pad (Vendor: ${number.slice(0, 4)} Product: ${number.slice(4)})`;
      const buttons = Array.from({ length: 32 }, () => ({ pressed: false, value: 0 }));
      const pad = registry.standard({
        index: 0,
        id,
        mapping: '',
        buttons,
        axes: Array.from({ length: 16 }, (_, i) => (i === 9 && platform !== 'linux' ? 2 : 0)),
      });
      if (pad !== null) assert.equal(controllerState(0, pad).buttons, 0, id);
    }
  }
});

test('vendor and product are recognized as browsers write them', () => {
  assert.equal(padNumber('Wireless Controller (Vendor: 054C Product: 09cc)'), '054c09cc');
  assert.equal(padNumber('54c-9cc-Wireless Controller'), '054c09cc');
  assert.equal(padNumber('Xbox 360 Controller (XInput STANDARD GAMEPAD)'), null);
  assert.equal(tableFor(platformOf({ userAgent: 'Mozilla/5.0 (Linux; Android 14) Chrome/150' })), null);
  assert.equal(tableFor(platformOf({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150' })), 'linux');
  assert.equal(tableFor(platformOf({ userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)' })), 'windows');
  assert.equal(tableFor(platformOf({ userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)' })), 'mac');
  // An iPad claims this too.
  assert.equal(tableFor(platformOf({ userAgent: 'Mozilla/5.0 (Macintosh)', maxTouchPoints: 5 })), null);
});

/** Presses and releases what a lesson asks for. */
function teach(lesson: PadLesson, rest: Pad, pressed: Partial<Record<PadPart, Pad>>): void {
  while (lesson.asks !== null) {
    const pad = pressed[lesson.asks];
    assert.equal(lesson.look(rest), false);
    if (pad === undefined) lesson.skip();
    else assert.equal(lesson.look(pad), true, lesson.asks);
  }
}

test('a lesson takes whatever moves next as the part asked for, and missing parts can be skipped', () => {
  const rest: Pad = { ...cheap({ id: 'Odd' }), axes: [0, 0, -1, 0, 0, 0, 0, 0, 0, 2] };
  const axes = (changes: Record<number, number>): Pad => ({
    ...rest,
    axes: rest.axes.map((value, i) => changes[i] ?? value),
  });
  const press = (index: number): Pad => ({ ...rest, buttons: cheap({ down: [index] }).buttons });
  const lesson = new PadLesson(rest);
  teach(lesson, rest, {
    a: press(3),
    b: press(1),
    lefttrigger: axes({ 2: 1 }),
    dpup: axes({ 9: -1 }),
    dpright: axes({ 9: -3 / 7 }),
    leftx: axes({ 4: 1 }),
    lefty: axes({ 1: -0.9 }),
  });
  const registry = new LayoutRegistry(null, null);
  registry.learn('Odd', lesson.layout);
  const state = (pad: Pad) => controllerState(0, registry.standard(pad)!);
  assert.equal(state(rest).buttons, 0);
  assert.equal(state(rest).leftTrigger, 0);
  assert.equal(state(press(3)).buttons, Button.A);
  assert.equal(state(axes({ 9: -3 / 7 })).buttons, Button.RIGHT);
  assert.equal(state(axes({ 2: 1 })).leftTrigger, 255);
  assert.equal(state(axes({ 4: -1 })).leftX, -32_768);
  // It was pushed down but went to the other end: this stick is reversed.
  assert.equal(state(axes({ 1: -1 })).leftY, -32_768);
});

test('a lesson takes no button twice, and none while the last is still held', () => {
  const rest = cheap();
  const lesson = new PadLesson(rest);
  lesson.look(rest);
  assert.equal(lesson.look(cheap({ down: [0] })), true);
  assert.equal(lesson.look(cheap({ down: [0, 1] })), false);
  assert.equal(lesson.look(cheap({ down: [0] })), false);
  lesson.look(rest);
  assert.equal(lesson.look(cheap({ down: [0] })), false);
  assert.equal(lesson.asks, 'b');
  assert.equal(lesson.progress.of, BUTTONS.length + STICKS.length);
});

test('a direction that is still held is not taken for the next one', () => {
  const rest = cheap();
  const lesson = new PadLesson(rest);
  while (lesson.asks !== 'dpup') lesson.skip();
  lesson.look(rest);
  assert.equal(lesson.look(cheap({ axes: { 6: -1 } })), true);
  for (let i = 0; i < 3; i++) assert.equal(lesson.look(cheap({ axes: { 6: -1 } })), false);
  lesson.look(rest);
  assert.equal(lesson.look(cheap({ axes: { 6: 1 } })), true);
  const { dpup, dpdown } = lesson.layout;
  assert.deepEqual(
    [dpup, dpdown],
    [
      { kind: 'axis', index: 6, from: 0, to: -1 },
      { kind: 'axis', index: 6, from: 0, to: 1 },
    ],
  );
});

test('a lesson in which everything was skipped teaches nothing', () => {
  const registry = tabled();
  const strange = cheap({ id: 'Odd' });
  registry.learn('Odd', {});
  assert.equal(registry.standard(strange), null);
});

test('a taught layout is stored and takes precedence; nonsense in the storage is ignored', () => {
  const storage = stored();
  new LayoutRegistry('linux', storage).learn(CHEAP, { a: { kind: 'button', index: 11 } });
  const registry = new LayoutRegistry('linux', storage);
  registry.take(TABLE);
  assert.equal(controllerState(0, registry.standard(cheap({ down: [11] }))!).buttons, Button.A);
  const standard: Pad = { ...cheap(), mapping: 'standard', id: 'Standard' };
  assert.equal(registry.standard(standard), standard);
  for (const text of [
    '',
    '{',
    '{}',
    '[1]',
    '[["x",{"a":{"kind":"button","index":-1}}]]',
    '[["x",{"z":{"kind":"button","index":0}}]]',
    '[["x",{"a":{"kind":"axis","index":0,"from":1,"to":1}}]]',
  ]) {
    const broken = new LayoutRegistry(null, { getItem: () => text, setItem: () => undefined });
    assert.equal(broken.standard(cheap({ id: 'x' })), null, text);
  }
  for (let i = 0; i < 40; i++) registry.learn(`pad ${i}`, { a: { kind: 'button', index: 0 } });
  assert.equal(JSON.parse(storage.getItem('moonshare-gamepads')!).length, 32);
});
