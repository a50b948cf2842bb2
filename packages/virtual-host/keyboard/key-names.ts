/** Windows virtual-key codes and the usual names of their keys, protocol/2 §4.3. Letters and digits are their own names. */
const NAMES: Record<number, string> = {
  8: 'Backspace',
  9: 'Tab',
  12: 'Clear',
  13: 'Enter',
  16: 'Shift',
  17: 'Ctrl',
  18: 'Alt',
  19: 'Pause',
  20: 'Caps Lock',
  27: 'Esc',
  32: 'Space',
  33: 'Page Up',
  34: 'Page Down',
  35: 'End',
  36: 'Home',
  37: 'Left',
  38: 'Up',
  39: 'Right',
  40: 'Down',
  44: 'Print',
  45: 'Insert',
  46: 'Delete',
  91: 'Meta',
  92: 'Right Meta',
  93: 'Menu',
  106: 'Num *',
  107: 'Num +',
  108: 'Num ,',
  109: 'Num -',
  110: 'Num .',
  111: 'Num /',
  144: 'Num Lock',
  145: 'Scroll Lock',
  160: 'Shift',
  161: 'Right Shift',
  162: 'Ctrl',
  163: 'Right Ctrl',
  164: 'Alt',
  165: 'Right Alt',
  173: 'Mute',
  174: 'Volume -',
  175: 'Volume +',
  176: 'Next',
  177: 'Previous',
  178: 'Stop',
  179: 'Play',
  186: ';',
  187: '=',
  188: ',',
  189: '-',
  190: '.',
  191: '/',
  192: '`',
  219: '[',
  220: '\\',
  221: ']',
  222: "'",
  226: '<',
};

/** Clients may set the high byte (A = 0x8041); like the real hosts, only the low byte counts. */
export function virtualKey(keyCode: number): number {
  return keyCode & 0xff;
}

export function keyName(key: number): string {
  if ((key >= 0x30 && key <= 0x39) || (key >= 0x41 && key <= 0x5a)) return String.fromCharCode(key);
  if (key >= 0x60 && key <= 0x69) return `Num ${key - 0x60}`;
  if (key >= 0x70 && key <= 0x87) return `F${key - 0x6f}`;
  return NAMES[key] ?? `0x${key.toString(16).padStart(2, '0')}`;
}

const BUTTON_NAMES = ['left', 'middle', 'right', 'x1', 'x2'];

/** protocol/2 §4.4: 1 left, 2 middle, 3 right, 4 X1, 5 X2. */
export function mouseButtonName(button: number): string {
  return BUTTON_NAMES[button - 1] ?? `button${button}`;
}
