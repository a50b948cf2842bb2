import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallDesktopState } from '../admin/small-desktop-state.ts';
import { Desktop } from '../desktop/desktop.ts';

const CONTROL = 0xa2;
const SHIFT = 0xa0;
const KEYS = { enter: 13, tab: 9, escape: 27, down: 40, up: 38, right: 39, space: 32, backspace: 8, home: 36, end: 35 };

interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Someone at the small desktop, who takes a second between two clicks. */
class Person {
  readonly desktop = new Desktop(1280, 720, { widgets: true });
  #time = 0;

  get state() {
    return smallDesktopState(this.desktop)!;
  }

  get places() {
    return this.state.places;
  }

  /** Moves the pointer to a share of an area, by default to its middle. */
  moveTo({ x, y, width, height }: Area, across = 0.5, down = 0.5): void {
    const at = { x: Math.round((x + width * across) * 1279), y: Math.round((y + height * down) * 719) };
    this.desktop.apply(1, { kind: 'mousePosition', ...at, width: 1280, height: 720 }, this.#time);
  }

  down(button = 1): void {
    this.desktop.apply(1, { kind: 'mouseDown', button }, this.#time);
  }

  up(button = 1): void {
    this.desktop.apply(1, { kind: 'mouseUp', button }, this.#time);
  }

  click(area: Area, { button = 1, times = 1, across = 0.5, down = 0.5 } = {}): void {
    this.#time += 1000;
    this.moveTo(area, across, down);
    for (let time = 0; time < times; time++) {
      this.#time += 100;
      this.down(button);
      this.up(button);
    }
  }

  drag(from: Area, to: Area): void {
    this.#time += 1000;
    this.moveTo(from);
    this.down();
    this.moveTo(to);
    this.up();
  }

  press(...keys: number[]): void {
    for (const keyCode of keys) this.desktop.apply(1, { kind: 'keyDown', keyCode, modifiers: 0, flags: 0 });
    for (const keyCode of keys.toReversed()) this.desktop.apply(1, { kind: 'keyUp', keyCode, modifiers: 0, flags: 0 });
  }

  type(text: string): void {
    for (const character of text) this.desktop.apply(1, { kind: 'text', text: character });
  }

  touch(event: 'down' | 'move' | 'up', pointerId: number, { x, y, width, height }: Area): void {
    const rest = { pressureOrDistance: 1, contactMajor: 0, contactMinor: 0, rotation: 0xffff };
    const at = { x: x + width / 2, y: y + height / 2 };
    this.desktop.apply(1, { kind: 'touch', event, pointerId, ...at, ...rest }, this.#time);
  }
}

const letter = (name: string) => name.charCodeAt(0);

test('there is no small desktop unless it was asked for', () => {
  const desktop = new Desktop(1280, 720);
  desktop.apply(1, { kind: 'text', text: 'a' });
  assert.equal(smallDesktopState(desktop), null);
});

test('keys and text go to the field once it was clicked', () => {
  const person = new Person();
  person.type('lost');
  person.click(person.places.field);
  person.press(SHIFT, letter('H'));
  person.press(letter('I'));
  person.type(' é😀');
  person.press(SHIFT, 0x31);
  assert.deepEqual([person.state.field.text, person.state.field.caret], ['Hi é😀!', 6]);
  person.press(KEYS.enter);
  person.type('\n');
  assert.deepEqual(person.state.submitted, ['Hi é😀!', 'Hi é😀!']);
  person.click({ x: 0.7, y: 0.9, width: 0, height: 0 });
  person.type('lost');
  assert.deepEqual([person.state.focus, person.state.field.text], [null, 'Hi é😀!']);
});

test('shortcuts select, copy, cut and paste in the field, and type nothing', () => {
  const person = new Person();
  person.click(person.places.field);
  person.type('moon');
  person.press(CONTROL, letter('A'));
  assert.deepEqual(person.state.field.selection, { start: 0, end: 4, text: 'moon' });
  person.press(CONTROL, letter('C'));
  person.press(KEYS.end);
  person.press(CONTROL, letter('V'));
  assert.equal(person.state.field.text, 'moonmoon');
  person.press(SHIFT, KEYS.home);
  person.press(CONTROL, letter('X'));
  assert.deepEqual([person.state.field.text, person.state.clipboard], ['', 'moonmoon']);
  person.press(CONTROL, letter('C'));
  assert.equal(person.state.clipboard, 'moonmoon', 'nothing was selected');
  person.press(0x74);
  assert.deepEqual([person.state.lastKeys, person.state.field.text], ['f5', '']);
});

test('a key that types nothing leaves the selection alone', () => {
  const person = new Person();
  person.click(person.places.field);
  person.type('moon');
  person.press(CONTROL, letter('A'));
  person.press(0x74);
  assert.equal(person.state.field.text, 'moon');
});

for (const [keys, name] of [
  [[CONTROL, SHIFT, letter('T')], 'ctrl+shift+t'],
  [[SHIFT, CONTROL, letter('T')], 'ctrl+shift+t'],
  [[0xa5, 0x73], 'alt+f4'],
  [[0x5b], 'meta'],
  [[KEYS.escape], 'esc'],
] as const) {
  test(`the last combination is told: ${name}`, () => {
    const person = new Person();
    person.press(...keys);
    assert.equal(person.state.lastKeys, name);
    assert.deepEqual(person.state.heldKeys, []);
  });
}

test('a click puts the caret, two select a word, three all, and dragging selects what is passed', () => {
  const person = new Person();
  const { field } = person.places;
  person.click(field);
  person.type('one two');
  person.click(field, { across: 0 });
  assert.equal(person.state.field.caret, 0);
  person.click(field, { across: 0.02, times: 2 });
  assert.equal(person.state.field.selection?.text, 'one');
  person.click(field, { across: 0.02, times: 3 });
  assert.equal(person.state.field.selection?.text, 'one two');
  person.drag({ ...field, width: 0 }, field);
  assert.equal(person.state.field.selection?.text, 'one two');
});

test('a button counts its clicks with every button of the mouse', () => {
  const person = new Person();
  const { green, red } = person.places;
  person.click(green);
  for (const button of [1, 2, 3, 4, 5, 9]) person.click(green, { button });
  person.press(KEYS.space);
  assert.deepEqual(person.state.buttons.green, { left: 2, middle: 1, right: 1, x1: 1, x2: 1, keyboard: 1 });
  person.drag(red, green);
  assert.deepEqual(person.state.buttons.red.left, 0, 'a press that ends elsewhere is no click');
});

test('the last click tells its target, button, count and modifiers', () => {
  const person = new Person();
  person.desktop.apply(1, { kind: 'keyDown', keyCode: CONTROL, modifiers: 0, flags: 0 });
  person.click(person.places.blue, { button: 3, times: 2 });
  const { x, y, ...click } = person.state.lastClick!;
  assert.deepEqual(click, { target: 'blue', button: 'right', count: 2, modifiers: ['ctrl'] });
  assert.ok(Math.abs(x - 524 / 1280 - 40 / 1280) < 0.01 && Math.abs(y - 250 / 720) < 0.01);
});

test('clicks far apart in time or place are single ones', () => {
  const person = new Person();
  person.click(person.places.red);
  person.click(person.places.red);
  assert.equal(person.state.lastClick?.count, 1);
  person.down();
  person.up();
  assert.equal(person.state.lastClick?.count, 2);
  person.moveTo(person.places.red, 0.1);
  person.down();
  person.up();
  assert.equal(person.state.lastClick?.count, 1);
});

test('the check box, the buttons and the list are reached with the Tab key', () => {
  const person = new Person();
  const focuses = [];
  for (let time = 0; time < 7; time++) {
    person.press(KEYS.tab);
    focuses.push(person.state.focus);
  }
  assert.deepEqual(focuses, ['field', 'red', 'green', 'blue', 'checkBox', 'list', 'field']);
  person.press(SHIFT, KEYS.tab);
  person.press(SHIFT, KEYS.tab);
  person.press(KEYS.space);
  assert.equal(person.state.checked, true);
  person.click(person.places.checkBox);
  assert.equal(person.state.checked, false);
});

test('the list scrolls both ways under the pointer only, by a row for each third of a notch', () => {
  const person = new Person();
  const turn = (amount: number) => person.desktop.apply(1, { kind: 'scroll', amount });
  person.moveTo(person.places.field);
  turn(-120);
  assert.equal(person.state.list.offset, 0);
  person.moveTo(person.places.list);
  turn(-120);
  turn(-20);
  assert.equal(person.state.list.offset, 3);
  turn(-20);
  assert.equal(person.state.list.offset, 4);
  turn(120);
  person.desktop.apply(1, { kind: 'hscroll', amount: 80 });
  assert.deepEqual([person.state.list.offset, person.state.list.column], [1, 2]);
  turn(-32768);
  turn(40);
  assert.equal(person.state.list.offset, 27);
  person.desktop.apply(1, { kind: 'hscroll', amount: 32767 });
  assert.equal(person.state.list.column, 10);
});

test('rows are selected, opened, and reached with keys, and the scroll bar moves the list', () => {
  const person = new Person();
  person.click(person.places.list, { down: 0.35 });
  assert.deepEqual(person.state.list.selected, { index: 3, name: 'Io' });
  person.press(KEYS.down);
  person.press(KEYS.enter);
  assert.deepEqual(person.state.list.opened, { index: 4, name: 'Europa' });
  person.click(person.places.list, { down: 0.05, times: 2 });
  assert.equal(person.state.list.opened?.name, 'Moon');
  person.press(KEYS.up);
  person.press(KEYS.end);
  assert.deepEqual([person.state.list.selected?.name, person.state.list.offset], ['Charon', 28]);
  person.press(KEYS.home);
  assert.deepEqual([person.state.list.selected?.name, person.state.list.offset], ['Moon', 0]);
  const { scrollBar } = person.places;
  person.drag({ ...scrollBar, height: 0 }, { ...scrollBar, y: scrollBar.y + scrollBar.height });
  assert.deepEqual([person.state.list.offset, person.state.pressed], [28, null]);
});

test('a menu opens, follows the mouse, chooses, and closes', () => {
  const person = new Person();
  person.click(person.places.field);
  person.type('moon');
  person.click(person.places.file);
  assert.equal(person.state.menu.kind, 'open');
  person.click(person.places.menuItems[2]!);
  assert.deepEqual(person.state.menu, { kind: 'closed', chosen: 'file/Save' });
  person.click(person.places.file);
  person.moveTo(person.places.edit);
  person.click(person.places.menuItems[2]!);
  assert.deepEqual([person.state.menu.chosen, person.state.field.selection?.text], ['edit/Select all', 'moon']);
  person.drag(person.places.edit, { ...person.places.edit, y: person.places.edit.y + 36 / 720 });
  assert.deepEqual([person.state.menu.chosen, person.state.clipboard], ['edit/Copy', 'moon']);
  person.click(person.places.file);
  person.press(KEYS.right);
  person.press(KEYS.down);
  person.press(KEYS.enter);
  assert.deepEqual([person.state.menu.chosen, person.state.field.text], ['edit/Paste', 'moon']);
  person.click(person.places.file);
  person.press(KEYS.escape);
  assert.equal(person.state.menu.kind, 'closed');
});

test('a click beside an open menu only closes it', () => {
  const person = new Person();
  person.click(person.places.file);
  person.click(person.places.blue);
  assert.deepEqual([person.state.menu.kind, person.state.buttons.blue.left], ['closed', 0]);
  person.click(person.places.blue);
  assert.equal(person.state.buttons.blue.left, 1);
});

test('the box is dragged to the target, and stays in its area', () => {
  const person = new Person();
  person.drag(person.state.box, person.places.target);
  assert.deepEqual([person.state.box.onTarget, person.state.box.drops], [true, 1]);
  person.drag(person.state.box, { x: 0, y: 0, width: 0, height: 0 });
  const { windows, box } = person.state;
  const drag = windows.find(({ id }) => id === 'drag')!;
  assert.ok(box.x > drag.x && box.y > drag.y && !box.onTarget);
  assert.equal(box.drops, 2);
});

test('a window is dragged by its title, comes to the front, and stays in the picture', () => {
  const person = new Person();
  assert.equal(person.state.windows.at(-1)!.id, 'form');
  const before = person.places.field;
  person.drag(person.places.titles.drag, { x: 0.9, y: 0.99, width: 0, height: 0 });
  const front = person.state.windows.at(-1)!;
  assert.deepEqual([front.id, front.x, front.y], ['drag', (1280 - 640) / 1280, (676 - 280) / 720]);
  person.drag(person.places.titles.form, { x: 0.3, y: 0.4, width: 0, height: 0 });
  assert.ok(person.places.field.y > before.y);
  person.click(person.places.field);
  assert.equal(person.state.focus, 'field', 'what is in the window moved with it');
});

test('the first finger acts as the left button, and others do nothing', () => {
  const person = new Person();
  const { red, blue } = person.places;
  person.touch('down', 1, red);
  person.touch('down', 2, blue);
  person.touch('up', 1, red);
  person.touch('up', 2, blue);
  assert.deepEqual([person.state.buttons.red.left, person.state.buttons.blue.left], [1, 0]);
  person.touch('down', 3, person.state.box);
  person.touch('move', 3, person.places.target);
  person.touch('up', 3, person.places.target);
  assert.deepEqual([person.state.box.onTarget, person.state.touches], [true, 0]);
});

test('a button that two participants hold goes up with the last of them, also when that one leaves', () => {
  const person = new Person();
  person.moveTo(person.places.red);
  person.down();
  person.desktop.apply(2, { kind: 'mouseDown', button: 1 });
  person.up();
  assert.deepEqual([person.state.pressed, person.state.buttons.red.left], ['red', 0]);
  person.desktop.release(2);
  assert.deepEqual([person.state.pressed, person.state.buttons.red.left], [null, 1]);
});

test('an app that starts has a new desktop, and what was held before presses nothing on it', () => {
  const person = new Person();
  person.click(person.places.field);
  person.type('moon');
  person.moveTo(person.places.red);
  person.down();
  person.touch('down', 1, person.places.red);
  person.desktop.begin();
  assert.deepEqual([person.state.field.text, person.state.pressed], ['', null]);
  person.touch('move', 1, person.places.blue);
  person.touch('up', 1, person.places.blue);
  person.up();
  assert.deepEqual([person.state.buttons.red.left, person.state.buttons.blue.left], [0, 0]);
});
