import { thumbOf } from '../widgets/list.ts';
import { MOON_ROWS } from '../widgets/moons.ts';
import {
  type Area,
  BUTTON_IDS,
  CELL,
  FIELD_COLUMNS,
  LIST_COLUMNS,
  LIST_ROW,
  LIST_ROWS,
  MENU_IDS,
  MENUS,
  menuItemAreas,
  type Places,
  TITLE_HEIGHT,
  textStart,
  WINDOWS,
  type WindowId,
} from '../widgets/places.ts';
import type { WidgetsView } from '../widgets/widgets.ts';
import { lightPalette as colors } from './color.ts';
import type { Plane } from './plane.ts';

const SHADOW = 6;
const BUTTON_LABELS = { red: 'Red', green: 'Green', blue: 'Blue' } as const;

/** Draws the windows from back to front, and an open menu before them. */
export function drawWindows(plane: Plane, view: WidgetsView, places: Places): void {
  for (const [index, { id, title, x, y }] of view.windows.entries()) {
    const area = { ...WINDOWS[id], x, y };
    const isActive = index === view.windows.length - 1;
    plane.fill({ ...area, x: x + SHADOW, y: y + SHADOW }, colors.shadow);
    plane.bordered(area, colors.window, isActive ? colors.active : colors.inactive);
    plane.fill({ ...area, height: TITLE_HEIGHT }, isActive ? colors.active : colors.inactive);
    plane.text(title, { ...area, x: x + 14, height: TITLE_HEIGHT }, colors.white);
    CONTENTS[id](plane, view, places);
  }
  drawMenu(plane, view, places);
}

const CONTENTS: Record<WindowId, (plane: Plane, view: WidgetsView, places: Places) => void> = {
  form: drawForm,
  moons: drawMoons,
  drag: drawDrag,
};

function drawForm(plane: Plane, view: WidgetsView, places: Places): void {
  const { field, buttons, checkBox, menus } = places;
  const bar = { ...menus.file, x: places.titles.form.x + 2, width: places.titles.form.width - 4 };
  plane.fill(bar, colors.stripe);
  for (const id of MENU_IDS) {
    const isOpen = view.menu.kind === 'open' && view.menu.menu === id;
    if (isOpen) plane.fill(menus[id], colors.active);
    plane.text(MENUS[id].title, menus[id], isOpen ? colors.white : colors.text, { align: 0.5 });
  }
  const above = { ...field, y: field.y - 32, height: 32 };
  plane.text('Name', above, colors.text);
  const submitted = view.submitted.at(-1);
  if (submitted !== undefined) {
    plane.text(`entered: ${shortened(submitted, 28)}`, above, colors.muted, { units: 2, align: 1 });
  }
  drawField(plane, view, field);
  for (const id of BUTTON_IDS) {
    const isPressed = view.pressed === id;
    const clicks = Object.values(view.buttons[id]).reduce((sum, count) => sum + count, 0);
    const line = view.focus === id ? colors.text : null;
    plane.rounded(buttons[id], isPressed ? colors.pressed : colors[id], line);
    plane.text(`${BUTTON_LABELS[id]} ${clicks}`, buttons[id], colors.white, { align: 0.5 });
  }
  drawCheckBox(plane, view, checkBox);
  if (view.menu.chosen !== null) {
    const beside = { ...checkBox, x: checkBox.x + checkBox.width, width: field.width - checkBox.width };
    plane.text(`chosen: ${view.menu.chosen}`, beside, colors.muted, { units: 2, align: 1 });
  }
}

function drawField(plane: Plane, view: WidgetsView, area: Area): void {
  const { text, caret, selection, first } = view.field;
  const hasFocus = view.focus === 'field';
  plane.bordered(area, colors.white, hasFocus ? colors.active : colors.line, hasFocus);
  const start = textStart(area);
  const inner = { y: area.y + 8, height: area.height - 16 };
  const border = (index: number) => start + Math.min(FIELD_COLUMNS, Math.max(0, index - first)) * CELL;
  if (selection !== null) {
    const x = border(selection.start);
    plane.fill({ ...inner, x, width: border(selection.end) - x }, colors.selection);
  }
  const shown = [...text].slice(first, first + FIELD_COLUMNS).join('');
  plane.cells(shown, { ...inner, x: start, width: CELL }, colors.text);
  if (hasFocus) plane.fill({ ...inner, x: border(caret) - 3, width: 4 }, colors.active);
}

function drawCheckBox(plane: Plane, view: WidgetsView, area: Area): void {
  const box = { x: area.x, y: area.y + 4, width: 28, height: 28 };
  const hasFocus = view.focus === 'checkBox';
  plane.bordered(box, colors.white, hasFocus ? colors.active : colors.line, hasFocus);
  if (view.checked) plane.fill({ x: box.x + 8, y: box.y + 8, width: 12, height: 12 }, colors.green);
  plane.text('Notifications', { ...area, x: area.x + 42 }, colors.text);
}

function drawMoons(plane: Plane, view: WidgetsView, { list, scrollBar }: Places): void {
  const { offset, column, selected, opened } = view.list;
  const heading = { ...list, y: list.y - 38, height: 36 };
  const text = opened === null ? 'opened: none' : `opened: ${opened.name}`;
  plane.text(text, { ...heading, x: textStart(list) }, colors.muted, { units: 2 });
  const frame = { x: list.x - 4, y: list.y - 4, width: list.width + scrollBar.width + 8, height: list.height + 8 };
  plane.bordered(frame, colors.white, view.focus === 'list' ? colors.active : colors.line);
  for (let row = 0; row < LIST_ROWS; row++) {
    const index = offset + row;
    const area = { ...list, y: list.y + row * LIST_ROW, height: LIST_ROW };
    const isSelected = selected?.index === index;
    if (isSelected) plane.fill(area, colors.active);
    else if (index % 2 === 1) plane.fill(area, colors.stripe);
    const shown = MOON_ROWS[index]!.slice(column, column + LIST_COLUMNS);
    plane.cells(shown, { ...area, x: textStart(list) }, isSelected ? colors.white : colors.text);
  }
  plane.fill(scrollBar, colors.stripe);
  const thumb = thumbOf(scrollBar, offset);
  const color = view.pressed === 'scrollBar' ? colors.active : colors.inactive;
  plane.fill({ ...thumb, x: thumb.x + 2, width: thumb.width - 4 }, color);
}

function drawDrag(plane: Plane, view: WidgetsView, { dragArea, target, box }: Places): void {
  plane.bordered(dragArea, colors.stripe, colors.line);
  plane.bordered(target, view.box.onTarget ? colors.reached : colors.white, colors.green, true);
  plane.text('Target', { ...target, y: target.y + 8, height: 36 }, colors.green, { align: 0.5 });
  const isHeld = view.pressed === 'box';
  plane.bordered(box, colors.box, isHeld ? colors.pressed : colors.line, isHeld);
  plane.text('Drag', { ...box, height: box.height / 2 + 6 }, colors.text, { align: 0.5 });
  const lower = { ...box, y: box.y + box.height / 2 - 6, height: box.height / 2 + 6 };
  plane.text(String(view.box.drops), lower, colors.text, { align: 0.5 });
}

function drawMenu(plane: Plane, view: WidgetsView, places: Places): void {
  if (view.menu.kind === 'closed') return;
  const { menu, highlighted } = view.menu;
  const areas = menuItemAreas(places, menu);
  const first = areas[0]!;
  const height = areas.length * first.height;
  plane.fill({ ...first, x: first.x + SHADOW, y: first.y + SHADOW, height }, colors.inactive);
  plane.bordered({ ...first, height }, colors.white, colors.line);
  for (const [index, area] of areas.entries()) {
    const isHighlighted = index === highlighted;
    if (isHighlighted) plane.fill({ ...area, x: area.x + 2, width: area.width - 4 }, colors.active);
    const color = isHighlighted ? colors.white : colors.text;
    plane.text(MENUS[menu].items[index]!, { ...area, x: area.x + 14 }, color);
  }
}

/** At most `most` characters; three dots stand for what is left out. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 3).join('')}...`;
}
