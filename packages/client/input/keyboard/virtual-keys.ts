/**
 * `KeyboardEvent.code` (the key's position) to the Windows virtual key that a US layout has there. The host applies its own
 * layout, so positions are sent, not characters. Source: the W3C list of codes, protocol/2 §4.2.
 */
const PLACES: Readonly<Record<string, number>> = {
  Backspace: 0x08,
  Tab: 0x09,
  // Only a name: the middle of a number pad without Num Lock.
  Clear: 0x0c,
  Enter: 0x0d,
  NumpadEnter: 0x0d,
  Pause: 0x13,
  CapsLock: 0x14,
  KanaMode: 0x15,
  Lang1: 0x15,
  Lang2: 0x19,
  Lang3: 0xf1,
  Lang4: 0xf2,
  Lang5: 0xc0,
  Escape: 0x1b,
  Convert: 0x1c,
  NonConvert: 0x1d,
  Space: 0x20,
  PageUp: 0x21,
  PageDown: 0x22,
  End: 0x23,
  Home: 0x24,
  ArrowLeft: 0x25,
  ArrowUp: 0x26,
  ArrowRight: 0x27,
  ArrowDown: 0x28,
  Select: 0x29,
  PrintScreen: 0x2c,
  Insert: 0x2d,
  Delete: 0x2e,
  Help: 0x2f,
  MetaLeft: 0x5b,
  MetaRight: 0x5c,
  // Names used by older Firefox.
  OSLeft: 0x5b,
  OSRight: 0x5c,
  ContextMenu: 0x5d,
  Sleep: 0x5f,
  NumpadMultiply: 0x6a,
  NumpadAdd: 0x6b,
  NumpadSubtract: 0x6d,
  NumpadDecimal: 0x6e,
  NumpadDivide: 0x6f,
  NumLock: 0x90,
  ScrollLock: 0x91,
  NumpadEqual: 0x92,
  ShiftLeft: 0xa0,
  ShiftRight: 0xa1,
  ControlLeft: 0xa2,
  ControlRight: 0xa3,
  AltLeft: 0xa4,
  AltRight: 0xa5,
  BrowserBack: 0xa6,
  BrowserForward: 0xa7,
  BrowserRefresh: 0xa8,
  BrowserStop: 0xa9,
  BrowserSearch: 0xaa,
  BrowserFavorites: 0xab,
  BrowserHome: 0xac,
  AudioVolumeMute: 0xad,
  VolumeMute: 0xad,
  AudioVolumeDown: 0xae,
  VolumeDown: 0xae,
  AudioVolumeUp: 0xaf,
  VolumeUp: 0xaf,
  MediaTrackNext: 0xb0,
  MediaTrackPrevious: 0xb1,
  MediaStop: 0xb2,
  MediaPlayPause: 0xb3,
  LaunchMail: 0xb4,
  MediaSelect: 0xb5,
  LaunchApp1: 0xb6,
  LaunchApp2: 0xb7,
  Semicolon: 0xba,
  Equal: 0xbb,
  Comma: 0xbc,
  NumpadComma: 0xc2,
  Minus: 0xbd,
  Period: 0xbe,
  Slash: 0xbf,
  Backquote: 0xc0,
  IntlRo: 0xc1,
  BracketLeft: 0xdb,
  Backslash: 0xdc,
  IntlYen: 0xdc,
  BracketRight: 0xdd,
  Quote: 0xde,
  IntlBackslash: 0xe2,
};

/** null for a code that no Windows keyboard has. */
export function virtualKey(code: string): number | null {
  const place = Object.hasOwn(PLACES, code) ? PLACES[code] : undefined;
  if (place !== undefined) return place;
  const numbered = /^(Key|Digit|Numpad|F)([A-Z]|\d{1,2})$/.exec(code);
  if (numbered === null) return null;
  const [, row, name = ''] = numbered;
  const n = Number(name);
  switch (row) {
    case 'Key':
      return Number.isNaN(n) ? name.charCodeAt(0) : null;
    case 'Digit':
      return n <= 9 && name.length === 1 ? 0x30 + n : null;
    case 'Numpad':
      return n <= 9 && name.length === 1 ? 0x60 + n : null;
    default:
      return n >= 1 && n <= 24 && !name.startsWith('0') ? 0x6f + n : null;
  }
}
