import { keyName, mouseButtonName } from '../keyboard/key-names.ts';
import { characterOf, type Modifier, modifierOf } from '../keyboard/us-layout.ts';
import { KEY } from './keys.ts';
import { List } from './list.ts';
import { MenuBar, type MenuItem } from './menu-bar.ts';
import {
  BOX_MOST,
  BOX_START,
  BUTTON_IDS,
  type ButtonId,
  CELL,
  clamp,
  isOnTarget,
  LIST_ROWS,
  PLANE,
  type Places,
  type Point,
  placesOf,
  textStart,
  WINDOWS,
  type WindowId,
  windowPosition,
} from './places.ts';
import { itemName, type Target, targetAt, targetName, windowOf } from './target.ts';
import { TextField, type Unit } from './text-field.ts';

/** As on Windows: the next press counts as part of a double click if it is within this time and distance. */
const DOUBLE_CLICK_MS = 500;
const DOUBLE_CLICK_UNITS = 8;
const SUBMITTED = 10;

/** In the order of the Tab key. */
const FOCUSES = ['field', ...BUTTON_IDS, 'checkBox', 'list'] as const;
type Focus = (typeof FOCUSES)[number];

export type Pointer = 'mouse' | 'finger';

export interface PressEvent {
  pointer: Pointer;
  /** 1 left, 2 middle, 3 right, 4 X1, 5 X2. */
  button: number;
  at: Point;
  modifiers: readonly Modifier[];
  /** In ms; only differences count. */
  time: number;
}

/** What moves with the pointer until the button is released. */
type Grip =
  | { kind: 'nothing' | 'menu' | 'text' | 'thumb' }
  | { kind: 'box'; offset: Point }
  | { kind: 'window'; window: WindowId; offset: Point };

interface Press extends PressEvent {
  target: Target;
  /** 2 in a double click, 3 in a triple one. */
  count: number;
  grip: Grip;
}

/** The small desktop: three windows with what people and programs click, type, scroll and drag. Pure: points are on `PLANE`. */
export class Widgets {
  #order: WindowId[] = ['drag', 'moons', 'form'];
  readonly #positions: Record<WindowId, Point> = {
    form: windowPosition('form', WINDOWS.form),
    moons: windowPosition('moons', WINDOWS.moons),
    drag: windowPosition('drag', WINDOWS.drag),
  };
  #focus: Focus | null = null;
  readonly #field = new TextField();
  #clipboard = '';
  readonly #submitted: string[] = [];
  readonly #clicks: Record<ButtonId, Record<string, number>> = { red: noClicks(), green: noClicks(), blue: noClicks() };
  #checked = false;
  readonly #list = new List();
  #box: Point = BOX_START;
  #drops = 0;
  readonly #menu = new MenuBar();
  #chosen: string | null = null;
  #lastKeys: string | null = null;
  #lastClick: {
    target: string;
    button: string;
    count: number;
    modifiers: readonly Modifier[];
    x: number;
    y: number;
  } | null = null;
  /** The button that is down; others do nothing meanwhile. */
  #press: Press | null = null;
  /** The press before that one, which a double click begins with. */
  #before: Press | null = null;

  /** All that a picture of it needs. */
  view() {
    return {
      windows: this.#order.map((id) => ({ id, title: WINDOWS[id].title, ...this.#positions[id] })),
      focus: this.#focus,
      field: this.#field.view(),
      clipboard: this.#clipboard,
      submitted: [...this.#submitted],
      buttons: { red: { ...this.#clicks.red }, green: { ...this.#clicks.green }, blue: { ...this.#clicks.blue } },
      checked: this.#checked,
      list: this.#list.view(),
      box: { x: this.#box.x, y: this.#box.y, onTarget: isOnTarget(this.#box), drops: this.#drops },
      menu: { ...this.#menu.state, chosen: this.#chosen },
      pressed: this.#press === null ? null : targetName(this.#press.target),
      lastClick: this.#lastClick,
      lastKeys: this.#lastKeys,
    };
  }

  get places(): Places {
    return placesOf(this.#positions, this.#box);
  }

  /** A button goes down, or a finger. */
  press(event: PressEvent): void {
    if (this.#press !== null) return;
    const target = this.#targetAt(event.at);
    if (this.#menu.state.kind === 'open' && target.kind !== 'menu' && target.kind !== 'item') {
      // As in most desktops, this press does nothing else.
      this.#menu.close();
      return;
    }
    const press: Press = { ...event, target, count: this.#count(event), grip: { kind: 'nothing' } };
    this.#press = press;
    this.#before = press;
    const window = windowOf(target);
    if (window === null) this.#focus = target.kind === 'background' ? null : this.#focus;
    else this.#order = [...this.#order.filter((id) => id !== window), window];
    if (event.button === 1) press.grip = this.#grip(press);
  }

  /** What is held follows its pointer; without, the mouse chooses in an open menu. */
  move(pointer: Pointer, at: Point): void {
    if (
      this.#press === null ? pointer === 'mouse' : this.#press.grip.kind === 'menu' && this.#press.pointer === pointer
    ) {
      this.#hover(this.#targetAt(at));
    }
    if (this.#press?.pointer !== pointer) return;
    const { grip } = this.#press;
    switch (grip.kind) {
      case 'text':
        this.#field.point(this.#border(at), true);
        break;
      case 'thumb':
        this.#list.scrollTo(this.places.scrollBar, at.y);
        break;
      case 'box':
        this.#moveBox({ x: at.x - grip.offset.x, y: at.y - grip.offset.y });
        break;
      case 'window':
        this.#positions[grip.window] = windowPosition(grip.window, {
          x: at.x - grip.offset.x,
          y: at.y - grip.offset.y,
        });
        break;
    }
  }

  /** The button goes up: if on what it went down on, that was a click. */
  release(pointer: Pointer, button: number, at: Point): void {
    const press = this.#press;
    if (press === null || press.pointer !== pointer || press.button !== button) return;
    this.#press = null;
    const target = this.#targetAt(at);
    if (press.grip.kind === 'box') this.#drops++;
    if (press.grip.kind === 'menu' && target.kind === 'item') this.#choose(target);
    if (targetName(target) === targetName(press.target)) this.#click(press, at);
  }

  /** The wheel turns over what is at this point: 120 a notch, positive is up or right. */
  wheel(at: Point, vertical: number, horizontal: number): void {
    const { kind } = this.#targetAt(at);
    if (kind === 'row' || kind === 'scrollBar') this.#list.wheel(vertical, horizontal);
  }

  /** Text without keys. A line break is the Enter key. */
  type(text: string): void {
    const lines = text.split('\n');
    for (const [index, line] of lines.entries()) {
      if (index > 0) this.#activate();
      if (this.#focus === 'field' && line !== '') this.#field.insert(line);
    }
  }

  /** A virtual key goes down while these modifiers are held, itself included if it is one. */
  key(key: number, modifiers: readonly Modifier[], capsLock: boolean): void {
    const itself = modifierOf(key);
    this.#lastKeys = [...modifiers, ...(itself === null ? [keyName(key).toLowerCase()] : [])].join('+');
    if (itself !== null) return;
    if (this.#menu.state.kind === 'open') {
      const chosen = this.#menu.key(key);
      if (chosen !== null) this.#choose(chosen);
    } else if (key === KEY.tab && !modifiers.includes('alt')) this.#moveFocus(modifiers.includes('shift') ? -1 : 1);
    else if (key === KEY.enter) this.#activate();
    else if (this.#focus === 'field') this.#fieldKey(key, modifiers, capsLock);
    else if (this.#focus === 'list') this.#listKey(key);
    else if (key === KEY.space) this.#activate();
  }

  #targetAt(at: Point): Target {
    return targetAt(at, this.places, { menu: this.#menu.state, order: this.#order, positions: this.#positions });
  }

  #count({ pointer, button, at, time }: PressEvent): number {
    const before = this.#before;
    if (before === null || before.pointer !== pointer || before.button !== button) return 1;
    const isNear = Math.max(Math.abs(at.x - before.at.x), Math.abs(at.y - before.at.y)) <= DOUBLE_CLICK_UNITS;
    return isNear && Math.abs(time - before.time) <= DOUBLE_CLICK_MS ? (before.count % 3) + 1 : 1;
  }

  /** The left button or a finger goes down on a target. */
  #grip({ target, at, count, modifiers }: Press): Grip {
    switch (target.kind) {
      case 'menu':
        this.#menu.toggle(target.menu);
        return { kind: 'menu' };
      case 'item':
        this.#hover(target);
        return { kind: 'menu' };
      case 'title':
        return { kind: 'window', window: target.window, offset: offsetIn(this.#positions[target.window], at) };
      case 'box':
        return { kind: 'box', offset: offsetIn(this.#box, at) };
      case 'scrollBar':
        this.#list.scrollTo(this.places.scrollBar, at.y);
        return { kind: 'thumb' };
      case 'row':
        this.#focus = 'list';
        this.#list.select(target.row);
        return { kind: 'nothing' };
      case 'field':
        this.#focus = 'field';
        if (count === 1) this.#field.point(this.#border(at), modifiers.includes('shift'));
        else if (count === 2) this.#field.selectWord(Math.floor(this.#column(at)));
        else this.#field.selectAll();
        return { kind: count === 1 ? 'text' : 'nothing' };
      case 'button':
        this.#focus = target.button;
        return { kind: 'nothing' };
      case 'checkBox':
        this.#focus = 'checkBox';
        return { kind: 'nothing' };
      default:
        return { kind: 'nothing' };
    }
  }

  #click({ target, button, count, modifiers }: Press, { x, y }: Point): void {
    const name = mouseButtonName(button);
    this.#lastClick = {
      target: targetName(target),
      button: name,
      count,
      modifiers,
      x: x / PLANE.width,
      y: y / PLANE.height,
    };
    if (target.kind === 'button') this.#countClick(target.button, name);
    if (button !== 1) return;
    if (target.kind === 'checkBox') this.#checked = !this.#checked;
    if (target.kind === 'row' && count === 2) this.#list.open();
  }

  #countClick(button: ButtonId, how: string): void {
    const clicks = this.#clicks[button];
    // Buttons that no mouse has are not counted, or anybody could fill the memory with them.
    if (how in clicks) clicks[how]!++;
  }

  #hover(target: Target): void {
    if (target.kind === 'menu') this.#menu.hover({ title: target.menu });
    else this.#menu.hover(target.kind === 'item' ? { item: target.index } : null);
  }

  #choose(item: MenuItem): void {
    const name = itemName(item);
    this.#chosen = name;
    this.#menu.close();
    if (item.menu === 'edit') this.#focus = 'field';
    switch (name) {
      case 'file/New':
        this.#field.selectAll();
        this.#field.insert('');
        break;
      case 'edit/Copy':
        this.#copy();
        break;
      case 'edit/Paste':
        this.#field.insert(this.#clipboard);
        break;
      case 'edit/Select all':
        this.#field.selectAll();
        break;
    }
  }

  /** Enter, or the space bar on what is no text and no list. */
  #activate(): void {
    const focus = this.#focus;
    if (focus === null) return;
    if (focus === 'field') {
      this.#submitted.push(this.#field.text);
      if (this.#submitted.length > SUBMITTED) this.#submitted.shift();
    } else if (focus === 'checkBox') this.#checked = !this.#checked;
    else if (focus === 'list') this.#list.open();
    else this.#countClick(focus, 'keyboard');
  }

  #moveFocus(by: number): void {
    const from = this.#focus === null ? (by > 0 ? -1 : 0) : FOCUSES.indexOf(this.#focus);
    this.#focus = FOCUSES[(from + by + FOCUSES.length) % FOCUSES.length]!;
  }

  #fieldKey(key: number, modifiers: readonly Modifier[], capsLock: boolean): void {
    const field = this.#field;
    const isCommand = modifiers.includes('ctrl') && !modifiers.includes('alt') && !modifiers.includes('meta');
    const extend = modifiers.includes('shift');
    const unit: Unit = isCommand ? 'word' : 'character';
    if (key === KEY.left || key === KEY.right) field.move(key === KEY.left ? -1 : 1, unit, extend);
    else if (key === KEY.home || key === KEY.end) field.move(key === KEY.home ? -1 : 1, 'end', extend);
    else if (key === KEY.backspace || key === KEY.delete) field.remove(key === KEY.backspace ? -1 : 1, unit);
    else if (isCommand) this.#command(String.fromCharCode(key));
    else {
      const typed = characterOf(key, modifiers, capsLock);
      // Nothing typed must not replace the selection.
      if (typed !== '') field.insert(typed);
    }
  }

  #command(letter: string): void {
    if (letter === 'A') this.#field.selectAll();
    else if (letter === 'V') this.#field.insert(this.#clipboard);
    else if (letter === 'C' || letter === 'X') {
      const copied = this.#copy();
      if (copied && letter === 'X') this.#field.insert('');
    }
  }

  /** False if nothing is selected: the clipboard keeps what it has. */
  #copy(): boolean {
    const { selectedText } = this.#field;
    if (selectedText === '') return false;
    this.#clipboard = selectedText;
    return true;
  }

  #listKey(key: number): void {
    const rows: Record<number, number> = {
      [KEY.up]: -1,
      [KEY.down]: 1,
      [KEY.pageUp]: -LIST_ROWS,
      [KEY.pageDown]: LIST_ROWS,
      [KEY.home]: Number.NEGATIVE_INFINITY,
      [KEY.end]: Number.POSITIVE_INFINITY,
    };
    const by = rows[key];
    if (by !== undefined) this.#list.move(by);
  }

  #moveBox({ x, y }: Point): void {
    this.#box = { x: clamp(Math.round(x), 0, BOX_MOST.x), y: clamp(Math.round(y), 0, BOX_MOST.y) };
  }

  /** Columns from the left edge of the text that is shown, with fractions. */
  #column({ x }: Point): number {
    return (x - textStart(this.places.field)) / CELL;
  }

  #border(at: Point): number {
    return Math.round(this.#column(at));
  }
}

/** What `view` gives: the small desktop's state as plain data. */
export type WidgetsView = ReturnType<Widgets['view']>;

function noClicks(): Record<string, number> {
  return { left: 0, middle: 0, right: 0, x1: 0, x2: 0, keyboard: 0 };
}

function offsetIn(corner: Point, at: Point): Point {
  return { x: at.x - corner.x, y: at.y - corner.y };
}
