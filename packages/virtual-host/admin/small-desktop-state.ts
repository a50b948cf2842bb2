import type { Desktop } from '../desktop/desktop.ts';
import { type Area, menuItemAreas, PLANE, WINDOWS } from '../widgets/places.ts';

export type SmallDesktopState = NonNullable<ReturnType<typeof smallDesktopState>>;

/** The answer of `GET /desktop`; null: there is none. All lengths are fractions of the picture, from its top left corner. */
export function smallDesktopState(desktop: Desktop) {
  const { widgets } = desktop;
  if (widgets === null) return null;
  const { windows, box, pressed, ...view } = widgets.view();
  const { places } = widgets;
  const { menu } = view;
  return {
    ...view,
    windows: windows.map(({ id, title, x, y }) => ({ id, title, ...fractions({ ...WINDOWS[id], x, y }) })),
    box: { ...fractions(places.box), onTarget: box.onTarget, drops: box.drops },
    pressed,
    pointer: { x: desktop.pointer.x / desktop.width, y: desktop.pointer.y / desktop.height },
    heldKeys: desktop.heldKeyNames(),
    heldButtons: desktop.heldButtonNames(),
    touches: desktop.touches.size,
    /** Where to point at: the areas of all that can be clicked or dragged, and of the items of the open menu. */
    places: {
      ...mapped(places.menus),
      ...mapped(places.buttons),
      field: fractions(places.field),
      checkBox: fractions(places.checkBox),
      list: fractions(places.list),
      scrollBar: fractions(places.scrollBar),
      target: fractions(places.target),
      titles: mapped(places.titles),
      menuItems: menu.kind === 'open' ? menuItemAreas(places, menu.menu).map(fractions) : [],
    },
  };
}

function fractions({ x, y, width, height }: Area): Area {
  return {
    x: x / PLANE.width,
    y: y / PLANE.height,
    width: width / PLANE.width,
    height: height / PLANE.height,
  };
}

function mapped<Name extends string>(areas: Readonly<Record<Name, Area>>): Record<Name, Area> {
  const entries = Object.entries(areas) as [Name, Area][];
  return Object.fromEntries(entries.map(([name, area]) => [name, fractions(area)])) as Record<Name, Area>;
}
