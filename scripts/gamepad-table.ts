// Generates packages/client/input/pads/sdl-table.json from SDL_GameControllerDB (zlib licence): which button and axis of a pad is which.
//   git clone https://github.com/mdqinc/SDL_GameControllerDB
//   node scripts/gamepad-table.ts SDL_GameControllerDB/gamecontrollerdb.txt $(git -C SDL_GameControllerDB rev-parse HEAD)
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TABLE_PARTS, type TablePlatform } from '../packages/client/input/pads/sdl-mapping.ts';

const PLATFORMS: Record<string, TablePlatform> = { Linux: 'linux', Windows: 'windows', 'Mac OS X': 'mac' };
const OUTPUT = fileURLToPath(new URL('../packages/client/input/pads/sdl-table.json', import.meta.url));

const [file, commit] = process.argv.slice(2);
if (file === undefined || commit === undefined) throw new Error('usage: gamepad-table.ts gamecontrollerdb.txt COMMIT');

/** Lines by platform, then vendor and product. Browsers do not report versions: entries that differ between versions are left out. */
const lines = new Map<TablePlatform, Map<string, Set<string>>>();
for (const entry of readFileSync(file, 'utf8').split('\n')) {
  const fields = entry.trim().split(',');
  const guid = fields[0] ?? '';
  const parts = new Map(fields.slice(2).map((field) => field.split(':') as [string, string]));
  const platform = PLATFORMS[parts.get('platform') ?? ''];
  // Bytes 4 and 8 are vendor and product, low byte first; other forms contain a name.
  const match = /^0[35]00(?:0000|[0-9a-f]{4})(..)(..)0000(..)(..)0000/.exec(guid);
  if (platform === undefined || match === null || [...parts.keys()].some((part) => /^[+-]/.test(part))) continue;
  const [, vendorLow, vendorHigh, productLow, productHigh] = match;
  const line = TABLE_PARTS.map((part) => parts.get(part) ?? '').join(',');
  if (!/^(?:[+-]?[ab]\d+~?|h0\.[1248]|)(?:,(?:[+-]?[ab]\d+~?|h0\.[1248]|))*$/.test(line)) continue;
  const number = `${vendorHigh}${vendorLow}${productHigh}${productLow}`;
  const ofPlatform = lines.get(platform) ?? new Map<string, Set<string>>();
  lines.set(platform, ofPlatform);
  ofPlatform.set(number, (ofPlatform.get(number) ?? new Set()).add(line));
}

const notice =
  `Made by scripts/gamepad-table.ts from SDL_GameControllerDB, commit ${commit}: not the original, but reduced and inverted. ` +
  'Copyright (C) 1997-2025 Sam Lantinga, zlib licence; see LICENSE-SDL.txt.';
/** By platform: a layout (parts in the order of TABLE_PARTS), and the vendors and products that have it. */
const table: Partial<Record<TablePlatform, Record<string, string>>> = {};
for (const platform of Object.values(PLATFORMS)) {
  const byLine = new Map<string, string[]>();
  for (const [number, found] of [...lines.get(platform)!].sort()) {
    const [line] = found;
    if (found.size === 1) byLine.set(line!, [...(byLine.get(line!) ?? []), number]);
  }
  table[platform] = Object.fromEntries(
    [...byLine].sort().map(([line, numbers]) => [line.replace(/,+$/, ''), numbers.join(' ')]),
  );
}
writeFileSync(OUTPUT, `${JSON.stringify({ notice, ...table }, null, 2)}\n`);
