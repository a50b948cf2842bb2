import { durationOf, type Point, parseAction, type Size, type Step, stepsOf } from '@moonshare/actions';
import {
  type ActionsRequest,
  MAX_ACTIONS_MS,
  MAX_ACTIONS_PICTURES,
  MAX_ACTIONS_TEXT,
  MoonshareError,
} from '@moonshare/contract';

/** What an agent points at. */
export interface Surroundings {
  /** The picture that its coordinates are of, and the stream that it shows. */
  picture: Size;
  stream: Size;
  /** Where it has put the pointer, in pixels of the stream; null: not known. */
  pointer: Point | null;
}

/** An action, and what is done for it. */
export interface PlannedAction {
  kind: string;
  steps: Step[];
}

/** The steps of each action, all of which are checked before the first one is done. Throws BAD_REQUEST, KEY_UNKNOWN, OUTSIDE_PICTURE. */
export function planActions(
  { actions, dialect, typing }: Pick<ActionsRequest, 'actions' | 'dialect' | 'typing'>,
  { picture, stream, pointer }: Surroundings,
): PlannedAction[] {
  const spent = { text: 0, pictures: 0, ms: 0 };
  const at = { pointer };
  return actions.map((written, index) => {
    const path = `actions.${index}`;
    const parsed = parseAction(written, { picture, path, dialect: dialect ?? null });
    if (!parsed.isValid) throw parsed.error;
    const { action } = parsed;
    spent.text += action.kind === 'type' ? action.text.length : 0;
    if (spent.text > MAX_ACTIONS_TEXT) throw tooMuch(path, `may type ${MAX_ACTIONS_TEXT} characters`);
    spent.pictures += action.kind === 'screenshot' ? 1 : 0;
    if (spent.pictures > MAX_ACTIONS_PICTURES) throw tooMuch(path, `may take ${MAX_ACTIONS_PICTURES} pictures`);
    const steps = stepsOf(action, { picture, stream, pointer: at.pointer, typing });
    spent.ms += durationOf(steps);
    if (spent.ms > MAX_ACTIONS_MS) throw tooMuch(path, `may take ${MAX_ACTIONS_MS / 1000} s`);
    at.pointer = pointerAfter(steps, at.pointer);
    return { kind: action.kind, steps };
  });
}

/** Where steps leave the pointer, in pixels of the stream. */
export function pointerAfter(steps: readonly Step[], before: Point | null): Point | null {
  const moves = steps.flatMap((step) => (step.type === 'input' ? step.events : []));
  const last = moves.findLast((event) => event.kind === 'mousePosition');
  return last === undefined ? before : { x: last.x, y: last.y };
}

function tooMuch(field: string, most: string): MoonshareError {
  const message = `Bad request: ${field}: the actions of one request ${most}`;
  return new MoonshareError('BAD_REQUEST', { message, details: { field } });
}
