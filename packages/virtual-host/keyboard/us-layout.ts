/** What keys type on a US layout, without and with Shift; letters, which Caps Lock inverts, are handled separately. */
const CHARACTERS: ReadonlyMap<number, readonly [plain: string, shifted: string]> = new Map([
  ...[...')!@#$%^&*('].map((shifted, digit) => [0x30 + digit, [String(digit), shifted]] as const),
  ...[...'0123456789'].map((digit) => [0x60 + Number(digit), [digit, digit]] as const),
  ...Object.entries({
    13: '\n\n',
    32: '  ',
    106: '**',
    107: '++',
    109: '--',
    110: '..',
    111: '//',
    186: ';:',
    187: '=+',
    188: ',<',
    189: '-_',
    190: '.>',
    191: '/?',
    192: '`~',
    219: '[{',
    220: '\\|',
    221: ']}',
    222: `'"`,
  }).map(([key, [plain, shifted]]) => [Number(key), [plain!, shifted!]] as const),
]);

/** In the order in which combinations are written: "ctrl+shift+t". */
const MODIFIERS = {
  ctrl: [0x11, 0xa2, 0xa3],
  alt: [0x12, 0xa4, 0xa5],
  shift: [0x10, 0xa0, 0xa1],
  meta: [0x5b, 0x5c],
} as const satisfies Record<string, readonly number[]>;

export type Modifier = keyof typeof MODIFIERS;

/** The modifier that a virtual key is, on either side of the keyboard; null: none. */
export function modifierOf(key: number): Modifier | null {
  const found = Object.entries(MODIFIERS).find(([, keys]) => (keys as readonly number[]).includes(key));
  return found === undefined ? null : (found[0] as Modifier);
}

/** The modifiers among these virtual keys. */
export function modifiersIn(keys: readonly number[]): Modifier[] {
  return (Object.keys(MODIFIERS) as Modifier[]).filter((name) => keys.some((key) => modifierOf(key) === name));
}

/** The character that a virtual key types while these modifiers are down; '' if none: a shortcut types nothing. */
export function characterOf(key: number, modifiers: readonly Modifier[], capsLock: boolean): string {
  if (modifiers.some((modifier) => modifier !== 'shift')) return '';
  const shift = modifiers.includes('shift');
  if (key < 0x41 || key > 0x5a) return CHARACTERS.get(key)?.[shift ? 1 : 0] ?? '';
  const letter = String.fromCharCode(key);
  return shift === capsLock ? letter.toLowerCase() : letter;
}
