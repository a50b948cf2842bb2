import { closestName } from '@moonshare/contract';
import { type Key, plain } from './key.ts';
import { keyOfCharacter } from './us-layout.ts';

/**
 * Names of keys: X keysyms as xdotool takes them, `code` and `key` of the W3C, and what models write besides. Sources: keysymdef.h,
 * "UI Events KeyboardEvent code Values" and "key Values". Those of characters are below.
 */
const NAMED: readonly (readonly [virtualKey: number, names: string])[] = [
  [0x08, 'BackSpace'],
  [0x09, 'Tab KP_Tab'],
  [0x0c, 'Clear KP_Begin'],
  [0x0d, 'Return Enter KP_Enter NumpadEnter Linefeed'],
  [0x13, 'Pause Break'],
  [0x14, 'Caps_Lock Caps'],
  [0x15, 'Hangul HangulMode KanaMode Lang1'],
  [0x19, 'Kanji KanjiMode Hangul_Hanja HanjaMode Lang2'],
  [0x1b, 'Escape Esc'],
  [0x1c, 'Henkan Convert'],
  [0x1d, 'Muhenkan NonConvert'],
  [0x20, 'space spacebar KP_Space'],
  [0x21, 'Page_Up Prior PgUp KP_Page_Up KP_Prior'],
  [0x22, 'Page_Down Next PgDn PgDown KP_Page_Down KP_Next'],
  [0x23, 'End KP_End'],
  [0x24, 'Home KP_Home'],
  [0x25, 'Left ArrowLeft LeftArrow KP_Left'],
  [0x26, 'Up ArrowUp UpArrow KP_Up'],
  [0x27, 'Right ArrowRight RightArrow KP_Right'],
  [0x28, 'Down ArrowDown DownArrow KP_Down'],
  [0x29, 'Select'],
  [0x2c, 'Print PrintScreen PrtSc PrtScr Sys_Req Snapshot'],
  [0x2d, 'Insert Ins KP_Insert'],
  [0x2e, 'Delete Del KP_Delete'],
  [0x2f, 'Help'],
  [0x5b, 'Super_L Super Meta_L Meta MetaLeft Win Windows Cmd Command OS OSLeft Hyper_L'],
  [0x5c, 'Super_R Meta_R MetaRight OSRight Hyper_R'],
  [0x5d, 'Menu ContextMenu Apps'],
  [0x5f, 'XF86Sleep Sleep Standby'],
  [0x6a, 'KP_Multiply NumpadMultiply'],
  [0x6b, 'KP_Add NumpadAdd'],
  [0x6c, 'KP_Separator'],
  [0x6d, 'KP_Subtract NumpadSubtract'],
  [0x6e, 'KP_Decimal NumpadDecimal'],
  [0x6f, 'KP_Divide NumpadDivide'],
  [0x90, 'Num_Lock'],
  [0x91, 'Scroll_Lock'],
  [0x92, 'KP_Equal NumpadEqual'],
  [0xa0, 'Shift_L Shift ShiftLeft'],
  [0xa1, 'Shift_R ShiftRight'],
  [0xa2, 'Control_L Control Ctrl ControlLeft CtrlLeft'],
  [0xa3, 'Control_R ControlRight CtrlRight'],
  [0xa4, 'Alt_L Alt AltLeft Option Opt'],
  [0xa5, 'Alt_R AltRight AltGr AltGraph ISO_Level3_Shift Mode_switch'],
  [0xa6, 'XF86Back BrowserBack'],
  [0xa7, 'XF86Forward BrowserForward'],
  [0xa8, 'XF86Reload XF86Refresh BrowserRefresh'],
  [0xa9, 'XF86Stop BrowserStop'],
  [0xaa, 'XF86Search BrowserSearch'],
  [0xab, 'XF86Favorites BrowserFavorites'],
  [0xac, 'XF86HomePage BrowserHome'],
  [0xad, 'XF86AudioMute AudioVolumeMute VolumeMute'],
  [0xae, 'XF86AudioLowerVolume AudioVolumeDown VolumeDown'],
  [0xaf, 'XF86AudioRaiseVolume AudioVolumeUp VolumeUp'],
  [0xb0, 'XF86AudioNext MediaTrackNext'],
  [0xb1, 'XF86AudioPrev MediaTrackPrevious'],
  [0xb2, 'XF86AudioStop MediaStop'],
  [0xb3, 'XF86AudioPlay XF86AudioPause MediaPlayPause'],
  [0xb4, 'XF86Mail LaunchMail'],
  [0xb6, 'XF86Explorer LaunchApp1'],
  [0xb7, 'XF86Calculator LaunchApp2'],
  [0xe2, 'IntlBackslash'],
];

/** Names of characters that a US keyboard has, by keysym and by W3C `code`. */
const CHARACTERS: readonly (readonly [character: string, names: string])[] = [
  ['!', 'exclam exclamation'],
  ['"', 'quotedbl'],
  ['#', 'numbersign'],
  ['$', 'dollar'],
  ['%', 'percent'],
  ['&', 'ampersand'],
  ["'", 'apostrophe quoteright Quote'],
  ['(', 'parenleft'],
  [')', 'parenright'],
  ['*', 'asterisk'],
  ['+', 'plus'],
  [',', 'comma'],
  ['-', 'minus hyphen dash'],
  ['.', 'period dot'],
  ['/', 'slash'],
  [':', 'colon'],
  [';', 'semicolon'],
  ['<', 'less'],
  ['=', 'equal equals'],
  ['>', 'greater'],
  ['?', 'question'],
  ['@', 'at'],
  ['[', 'bracketleft'],
  ['\\', 'backslash'],
  [']', 'bracketright'],
  ['^', 'asciicircum'],
  ['_', 'underscore'],
  ['`', 'grave quoteleft backtick Backquote'],
  ['{', 'braceleft'],
  ['|', 'bar'],
  ['}', 'braceright'],
  ['~', 'asciitilde'],
];

const KEYS = new Map<string, Key>();
/** How each is written. */
const NAMES = new Map<string, string>();

function add(names: string, key: Key): void {
  for (const name of names.split(' ')) {
    KEYS.set(folded(name), key);
    NAMES.set(folded(name), name);
  }
}

for (const [virtualKey, names] of NAMED) add(names, plain(virtualKey));
for (const [character, names] of CHARACTERS) add(names, keyOfCharacter(character)!);
add('ISO_Left_Tab', { virtualKey: 0x09, shift: true });
for (let n = 1; n <= 24; n++) add(`F${n}`, plain(0x6f + n));
for (let n = 0; n <= 9; n++) add(`KP_${n} Numpad${n}`, plain(0x60 + n));
for (let n = 0; n <= 9; n++) add(`Digit${n}`, plain(0x30 + n));
for (let code = 0x41; code <= 0x5a; code++) add(`Key${String.fromCharCode(code)}`, plain(code));

/** Page_Up, PageUp and "page up" are one name. */
function folded(name: string): string {
  return name.toLowerCase().replace(/[_\s-]/g, '');
}

/** The key of this name, or of this character, a capital letter with Shift. null: there is none. */
export function keyOfName(name: string): Key | null {
  return [...name].length === 1 ? keyOfCharacter(name) : (KEYS.get(folded(name)) ?? null);
}

/** The known name that was most likely meant; null: none is close. */
export function closestKeyName(name: string): string | null {
  const meant = closestName(folded(name.slice(0, 32)), [...NAMES.keys()]);
  return meant === null ? null : NAMES.get(meant)!;
}
