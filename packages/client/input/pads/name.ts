/** What people call it: without the numbers and words that browsers add. */
export function padName(id: string): string {
  const name = id
    .replace(/\s*\((?:[^()]*(?:Vendor:|STANDARD GAMEPAD|XInput)[^()]*)\)\s*$/i, '')
    .replace(/^[0-9a-f]{1,4}-[0-9a-f]{1,4}-/i, '')
    .trim();
  return name === '' ? 'Gamepad' : name.slice(0, 60);
}
