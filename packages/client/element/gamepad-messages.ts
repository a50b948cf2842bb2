import type { PadInfo } from '../input/gamepad-tracker.ts';
import type { PadPart } from '../input/pads/layout.ts';

/** Which player the person is; empty without a gamepad in use. */
export function describePlayers(pads: readonly PadInfo[]): string {
  const numbers = pads.flatMap(({ status }) => (status.kind === 'player' ? [status.number] : [])).sort((a, b) => a - b);
  if (numbers.length === 0) return '';
  if (numbers.length === 1) return `You are player ${numbers[0]}`;
  return `You are players ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;
}

/** The state of a gamepad, for the list of all. */
export function describePad({ status }: PadInfo): string {
  switch (status.kind) {
    case 'player':
      return `Player ${status.number}`;
    case 'joining':
      return 'Connected';
    case 'no place':
      return 'No free slot: it joins when another gamepad leaves';
    case 'unsupported':
      return 'Not supported yet: its button layout is unknown';
  }
}

/** Which gamepad does not play, in one line; null: all do. `setUp`: one that the person can set up. */
export function padProblem(pads: readonly PadInfo[]): { text: string; setUp: PadInfo | null } | null {
  const unsupported = pads.find(({ status }) => status.kind === 'unsupported');
  if (unsupported !== undefined) {
    return { text: `${padName(unsupported.id)} is not supported yet.`, setUp: unsupported };
  }
  const left = pads.find(({ status }) => status.kind === 'no place');
  return left === undefined ? null : { text: `There is no free slot for ${padName(left.id)}.`, setUp: null };
}

/** What each step of setting up a gamepad asks for. */
export const PART_INSTRUCTIONS: Record<PadPart, string> = {
  a: 'Press the bottom one of the four face buttons (A or Cross).',
  b: 'Press the right one of the four face buttons (B or Circle).',
  x: 'Press the left one of the four face buttons (X or Square).',
  y: 'Press the top one of the four face buttons (Y or Triangle).',
  leftshoulder: 'Press the left shoulder button (LB or L1).',
  rightshoulder: 'Press the right shoulder button (RB or R1).',
  lefttrigger: 'Pull the left trigger all the way (LT or L2).',
  righttrigger: 'Pull the right trigger all the way (RT or R2).',
  back: 'Press Back (View, Select or Share).',
  start: 'Press Start (Menu or Options).',
  leftstick: 'Press in the left stick.',
  rightstick: 'Press in the right stick.',
  dpup: 'Press up on the direction pad.',
  dpdown: 'Press down on the direction pad.',
  dpleft: 'Press left on the direction pad.',
  dpright: 'Press right on the direction pad.',
  guide: 'Press the button in the middle (Guide, Home or PS).',
  leftx: 'Push the left stick all the way to the right.',
  lefty: 'Push the left stick all the way down.',
  rightx: 'Push the right stick all the way to the right.',
  righty: 'Push the right stick all the way down.',
};

/** The name that people know, without the numbers and words that browsers add. */
export function padName(id: string): string {
  const name = id
    .replace(/\s*\((?:[^()]*(?:Vendor:|STANDARD GAMEPAD|XInput)[^()]*)\)\s*$/i, '')
    .replace(/^[0-9a-f]{1,4}-[0-9a-f]{1,4}-/i, '')
    .trim();
  return name === '' ? 'Gamepad' : name.slice(0, 60);
}
