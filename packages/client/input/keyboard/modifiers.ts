/** Keys that change the meaning of others, by their names in events. AltGraph is the right Alt of layouts that have it. */
export type Modifier = 'shift' | 'control' | 'alt' | 'altGraph' | 'meta';

/** What an event reports about modifiers and locks, whether or not their keys were seen. */
export interface Flags {
  shift: boolean;
  control: boolean;
  alt: boolean;
  altGraph: boolean;
  meta: boolean;
  capsLock: boolean;
  numLock: boolean;
  scrollLock: boolean;
}

type EventWithFlags = Pick<KeyboardEvent, 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey' | 'getModifierState'>;

/** From a key or mouse event. Firefox before 118 calls the Windows key OS and does not set `metaKey` for it. */
export function flagsOf(event: EventWithFlags): Flags {
  const state = (name: string): boolean => event.getModifierState(name);
  return {
    shift: event.shiftKey,
    control: event.ctrlKey,
    alt: event.altKey,
    altGraph: state('AltGraph'),
    meta: event.metaKey || state('OS'),
    capsLock: state('CapsLock'),
    numLock: state('NumLock'),
    scrollLock: state('ScrollLock'),
  };
}

/** The left and right key of each, and its bit on the wire (protocol/4 §5). */
export const MODIFIERS: Readonly<Record<Modifier, { left: number; right: number; bit: number }>> = {
  shift: { left: 0xa0, right: 0xa1, bit: 1 },
  control: { left: 0xa2, right: 0xa3, bit: 2 },
  alt: { left: 0xa4, right: 0xa5, bit: 4 },
  altGraph: { left: 0xa5, right: 0xa5, bit: 4 },
  meta: { left: 0x5b, right: 0x5c, bit: 8 },
};

const BY_NAME: Readonly<Record<string, Modifier>> = {
  Shift: 'shift',
  Control: 'control',
  Alt: 'alt',
  AltGraph: 'altGraph',
  Meta: 'meta',
  OS: 'meta',
  Super: 'meta',
  Hyper: 'meta',
};

/**
 * The modifier that a key is. Its name takes precedence over its position: people swap Control and Caps Lock, or Alt and Command,
 * and the flags of all other events follow the names.
 */
export function modifierOf({ key, code, location }: { key: string; code: string; location: number }): {
  modifier: Modifier;
  virtualKey: number;
} | null {
  const place = /^(Shift|Control|Alt|Meta|OS)(Left|Right)$/.exec(code);
  const named = Object.hasOwn(BY_NAME, key) ? BY_NAME[key] : undefined;
  const modifier = named ?? (place !== null && !isName(key) ? BY_NAME[place[1]!] : undefined);
  if (modifier === undefined) return null;
  const isRight = place === null ? location === 2 : place[2] === 'Right';
  return { modifier, virtualKey: MODIFIERS[modifier][isRight ? 'right' : 'left'] };
}

/** Whether `key` really names the key; some keyboards and tools do not know it, or repeat the code. */
function isName(key: string): boolean {
  return key !== '' && key !== 'Unidentified' && key !== 'Process' && !/(Left|Right)$/.test(key);
}
