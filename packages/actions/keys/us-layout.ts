import { type Key, plain } from './key.ts';

/** Virtual keys of the punctuation on a US keyboard, each with its characters without and with Shift. */
const PUNCTUATION: readonly (readonly [virtualKey: number, characters: string])[] = [
  [0x30, '0)'],
  [0x31, '1!'],
  [0x32, '2@'],
  [0x33, '3#'],
  [0x34, '4$'],
  [0x35, '5%'],
  [0x36, '6^'],
  [0x37, '7&'],
  [0x38, '8*'],
  [0x39, '9('],
  [0xba, ';:'],
  [0xbb, '=+'],
  [0xbc, ',<'],
  [0xbd, '-_'],
  [0xbe, '.>'],
  [0xbf, '/?'],
  [0xc0, '`~'],
  [0xdb, '[{'],
  [0xdc, '\\|'],
  [0xdd, ']}'],
  [0xde, '\'"'],
];

const KEYS = new Map<string, Key>([
  [' ', plain(0x20)],
  ['\n', plain(0x0d)],
  ['\t', plain(0x09)],
]);
for (const [virtualKey, [low, high]] of PUNCTUATION) {
  KEYS.set(low!, plain(virtualKey));
  KEYS.set(high!, { virtualKey, shift: true });
}
for (let virtualKey = 0x41; virtualKey <= 0x5a; virtualKey++) {
  const letter = String.fromCharCode(virtualKey);
  KEYS.set(letter, { virtualKey, shift: true });
  KEYS.set(letter.toLowerCase(), plain(virtualKey));
}

/** The key that types this character on a US layout; null: none does. */
export function keyOfCharacter(character: string): Key | null {
  return KEYS.get(character) ?? null;
}
