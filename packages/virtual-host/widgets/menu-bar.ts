import { KEY } from './keys.ts';
import { MENU_IDS, MENUS, type MenuId } from './places.ts';

export type Menu = { kind: 'closed' } | { kind: 'open'; menu: MenuId; highlighted: number | null };

export interface MenuItem {
  menu: MenuId;
  index: number;
}

/** Which menu is open, and which of its items the mouse or the arrow keys have reached. */
export class MenuBar {
  #state: Menu = { kind: 'closed' };

  get state(): Menu {
    return this.#state;
  }

  /** Opens a menu, or closes it if it is open. */
  toggle(menu: MenuId): void {
    const isOpen = this.#state.kind === 'open' && this.#state.menu === menu;
    this.#state = isOpen ? { kind: 'closed' } : { kind: 'open', menu, highlighted: null };
  }

  close(): void {
    this.#state = { kind: 'closed' };
  }

  /** While a menu is open, the mouse is over a title, an item of the open menu, or something else. */
  hover(over: { title: MenuId } | { item: number } | null): void {
    if (this.#state.kind === 'closed') return;
    if (over !== null && 'title' in over) {
      if (over.title !== this.#state.menu) this.#state = { kind: 'open', menu: over.title, highlighted: null };
    } else this.#state = { ...this.#state, highlighted: over?.item ?? null };
  }

  /** While a menu is open it gets all keys. Returns the item that Enter chooses. */
  key(key: number): MenuItem | null {
    if (this.#state.kind === 'closed') return null;
    const { menu, highlighted } = this.#state;
    const count = MENUS[menu].items.length;
    switch (key) {
      case KEY.escape:
        this.close();
        break;
      case KEY.enter:
        return highlighted === null ? null : { menu, index: highlighted };
      case KEY.down:
        this.#state = { ...this.#state, highlighted: highlighted === null ? 0 : (highlighted + 1) % count };
        break;
      case KEY.up:
        this.#state = { ...this.#state, highlighted: ((highlighted ?? 0) + count - 1) % count };
        break;
      case KEY.left:
      case KEY.right: {
        // There are two, so that both ways lead to the other one.
        const other = MENU_IDS[(MENU_IDS.indexOf(menu) + 1) % MENU_IDS.length]!;
        this.#state = { kind: 'open', menu: other, highlighted: 0 };
        break;
      }
    }
    return null;
  }
}
