/**
 * Where everything is on the small desktop, in units of a plane of 1280x720 that covers the whole picture, whatever its size
 * and shape: dividing by the plane's size gives fractions of the picture.
 */
export const PLANE = { width: 1280, height: 720 } as const;

export interface Point {
  x: number;
  y: number;
}

export interface Area extends Point {
  width: number;
  height: number;
}

export type WindowId = 'form' | 'moons' | 'drag';
export type ButtonId = 'red' | 'green' | 'blue';
export type MenuId = 'file' | 'edit';

/** The strip at the top belongs to the frame number, the bar at the bottom to what is said about input. */
export const TOP = 36;
export const BAR: Area = { x: 0, y: 676, width: 1280, height: 44 };
/** Width of a character of the text field and the list, which show whole characters only. */
export const CELL = 15;

export const TITLE_HEIGHT = 36;

export const WINDOWS: Readonly<Record<WindowId, Area & { title: string }>> = {
  form: { title: 'Form', x: 40, y: 52, width: 640, height: 300 },
  drag: { title: 'Drag and drop', x: 40, y: 372, width: 640, height: 280 },
  moons: { title: 'Moons', x: 720, y: 52, width: 520, height: 452 },
};

// All of these are relative to their window.
const MENU_TITLES: Readonly<Record<MenuId, Area>> = {
  file: { x: 12, y: 36, width: 84, height: 34 },
  edit: { x: 96, y: 36, width: 84, height: 34 },
};
const FIELD: Area = { x: 24, y: 104, width: 592, height: 44 };
const BUTTONS: Readonly<Record<ButtonId, Area>> = {
  red: { x: 24, y: 172, width: 184, height: 52 },
  green: { x: 228, y: 172, width: 184, height: 52 },
  blue: { x: 432, y: 172, width: 184, height: 52 },
};
const CHECK_BOX: Area = { x: 24, y: 246, width: 300, height: 36 };
const LIST: Area = { x: 12, y: 76, width: 476, height: 360 };
const SCROLL_BAR: Area = { x: 488, y: 76, width: 20, height: 360 };
const DRAG_AREA: Area = { x: 20, y: 56, width: 600, height: 204 };

const MENU_ROW = { width: 220, height: 36 } as const;
export const LIST_ROW = 36;
export const LIST_ROWS = LIST.height / LIST_ROW;
const PADDING = 14;
export const FIELD_COLUMNS = Math.floor((FIELD.width - 2 * PADDING) / CELL);
export const LIST_COLUMNS = Math.floor((LIST.width - PADDING) / CELL);

/** The box that can be dragged, and the target for it, in an area of which `x` and `y` are the top left corner. */
const BOX = { width: 104, height: 76 } as const;
export const BOX_START: Point = { x: 40, y: 64 };
export const BOX_MOST: Point = { x: DRAG_AREA.width - BOX.width, y: DRAG_AREA.height - BOX.height };
const TARGET: Area = { x: 420, y: 27, width: 150, height: 150 };

/** Top left corners of the windows. */
export type WindowPositions = Readonly<Record<WindowId, Point>>;

export const MENUS: Readonly<Record<MenuId, { title: string; items: readonly string[] }>> = {
  file: { title: 'File', items: ['New', 'Open', 'Save'] },
  edit: { title: 'Edit', items: ['Copy', 'Paste', 'Select all'] },
};
export const MENU_IDS = Object.keys(MENUS) as MenuId[];
export const BUTTON_IDS = Object.keys(BUTTONS) as ButtonId[];

export function contains({ x, y, width, height }: Area, point: Point): boolean {
  return point.x >= x && point.y >= y && point.x < x + width && point.y < y + height;
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** The nearest position that keeps the whole window between the strip and the bar. */
export function windowPosition(id: WindowId, { x, y }: Point): Point {
  const { width, height } = WINDOWS[id];
  return {
    x: clamp(Math.round(x), 0, PLANE.width - width),
    y: clamp(Math.round(y), TOP, BAR.y - height),
  };
}

function within({ x, y }: Point, area: Area): Area {
  return { ...area, x: area.x + x, y: area.y + y };
}

/** The areas of everything that can be pointed at, on the plane. */
export function placesOf(windows: WindowPositions, box: Point) {
  const { form, moons, drag } = windows;
  const dragArea = within(drag, DRAG_AREA);
  return {
    titles: {
      form: titleOf('form', form),
      moons: titleOf('moons', moons),
      drag: titleOf('drag', drag),
    },
    menus: { file: within(form, MENU_TITLES.file), edit: within(form, MENU_TITLES.edit) },
    field: within(form, FIELD),
    buttons: {
      red: within(form, BUTTONS.red),
      green: within(form, BUTTONS.green),
      blue: within(form, BUTTONS.blue),
    },
    checkBox: within(form, CHECK_BOX),
    list: within(moons, LIST),
    scrollBar: within(moons, SCROLL_BAR),
    dragArea,
    target: within(dragArea, TARGET),
    box: within(dragArea, { ...box, ...BOX }),
  };
}

export type Places = ReturnType<typeof placesOf>;

function titleOf(id: WindowId, { x, y }: Point): Area {
  return { x, y, width: WINDOWS[id].width, height: TITLE_HEIGHT };
}

/** The items of an open menu, from the top. */
export function menuItemAreas(places: Places, menu: MenuId): Area[] {
  const { x, y, height } = places.menus[menu];
  return MENUS[menu].items.map((_, index) => ({ x, y: y + height + index * MENU_ROW.height, ...MENU_ROW }));
}

/** Where the text of the field or of a row of the list begins. */
export function textStart(area: Area): number {
  return area.x + PADDING;
}

/** Whether the middle of the box is on the target. */
export function isOnTarget({ x, y }: Point): boolean {
  return contains(TARGET, { x: x + BOX.width / 2, y: y + BOX.height / 2 });
}
