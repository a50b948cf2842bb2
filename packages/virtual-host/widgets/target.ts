import type { Menu, MenuItem } from './menu-bar.ts';
import {
  type Area,
  BUTTON_IDS,
  type ButtonId,
  contains,
  LIST_ROW,
  MENU_IDS,
  MENUS,
  type MenuId,
  menuItemAreas,
  type Places,
  type Point,
  WINDOWS,
  type WindowId,
  type WindowPositions,
} from './places.ts';

/** What is at a point. */
export type Target =
  | { kind: 'background' }
  | { kind: 'window' | 'title'; window: WindowId }
  | { kind: 'menu'; menu: MenuId }
  | ({ kind: 'item' } & MenuItem)
  | { kind: 'button'; button: ButtonId }
  | { kind: 'row'; row: number }
  | { kind: 'field' | 'checkBox' | 'scrollBar' | 'box' };

/** The topmost thing at a point; `order` has the windows from back to front. */
export function targetAt(
  point: Point,
  places: Places,
  { menu, order, positions }: { menu: Menu; order: readonly WindowId[]; positions: WindowPositions },
): Target {
  const at = (area: Area) => contains(area, point);
  if (menu.kind === 'open') {
    const index = menuItemAreas(places, menu.menu).findIndex(at);
    if (index !== -1) return { kind: 'item', menu: menu.menu, index };
  }
  const window = order.findLast((id) => at({ ...WINDOWS[id], ...positions[id] }));
  if (window === undefined) return { kind: 'background' };
  if (at(places.titles[window])) return { kind: 'title', window };
  switch (window) {
    case 'form':
      return inForm(at, places);
    case 'moons':
      if (at(places.list)) return { kind: 'row', row: Math.floor((point.y - places.list.y) / LIST_ROW) };
      return at(places.scrollBar) ? { kind: 'scrollBar' } : { kind: 'window', window };
    case 'drag':
      return at(places.box) ? { kind: 'box' } : { kind: 'window', window };
  }
}

function inForm(at: (area: Area) => boolean, places: Places): Target {
  const menu = MENU_IDS.find((id) => at(places.menus[id]));
  if (menu !== undefined) return { kind: 'menu', menu };
  const button = BUTTON_IDS.find((id) => at(places.buttons[id]));
  if (button !== undefined) return { kind: 'button', button };
  if (at(places.field)) return { kind: 'field' };
  return at(places.checkBox) ? { kind: 'checkBox' } : { kind: 'window', window: 'form' };
}

/** The window that a target belongs to; null: none, or a menu's item, which is in front of all. */
export function windowOf(target: Target): WindowId | null {
  switch (target.kind) {
    case 'background':
    case 'item':
      return null;
    case 'window':
    case 'title':
      return target.window;
    case 'row':
    case 'scrollBar':
      return 'moons';
    case 'box':
      return 'drag';
    default:
      return 'form';
  }
}

/** What a target is called in the state: `red`, `field`, `list`, `title of moons`, `file/Save`. */
export function targetName(target: Target): string {
  switch (target.kind) {
    case 'window':
      return `window ${target.window}`;
    case 'title':
      return `title of ${target.window}`;
    case 'menu':
      return target.menu;
    case 'item':
      return itemName(target);
    case 'button':
      return target.button;
    case 'row':
      return 'list';
    default:
      return target.kind;
  }
}

export function itemName({ menu, index }: MenuItem): string {
  return `${menu}/${MENUS[menu].items[index]!}`;
}
