import {
  anthropicSchema,
  closestName,
  type Dialect,
  MoonshareError,
  openAiSchema,
  toolUseSchema,
} from '@moonshare/contract';
import type { z } from 'zod';
import type { Action, Size } from './action.ts';
import { ofAnthropic } from './dialects/anthropic.ts';
import { ofOpenAi } from './dialects/openai.ts';
import { problem } from './problem.ts';

const ANTHROPIC_NAMES = anthropicSchema.options.flatMap(({ shape: { action } }) => [...action._zod.values].map(String));
const OPENAI_NAMES = openAiSchema.options.flatMap(({ shape: { type } }) => [...type._zod.values].map(String));

/** A field that nobody knows may have a name of any length. */
const MAX_FIELD_LENGTH = 64;

export type ParsedAction = { isValid: true; action: Action } | { isValid: false; error: MoonshareError };

/**
 * What a model wrote, in either dialect unless `dialect` says which, about a picture of this size. `error`: BAD_REQUEST, KEY_UNKNOWN or
 * OUTSIDE_PICTURE, with the field that is wrong, below `path`, as `details.field`.
 */
export function parseAction(
  value: unknown,
  { picture, path, dialect = null }: { picture: Size; path: string; dialect?: Dialect | null },
): ParsedAction {
  try {
    return { isValid: true, action: parse(value, dialect, picture) };
  } catch (error) {
    if (error instanceof MoonshareError) return { isValid: false, error: within(error, path) };
    throw error;
  }
}

function parse(value: unknown, dialect: Dialect | null, picture: Size): Action {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw problem('BAD_REQUEST', '', 'must be an object');
  if ('action' in value && dialect !== 'openai') return parseAnthropic(value, picture);
  if ('type' in value && value.type === 'tool_use' && dialect !== 'openai') return parseToolUse(value, picture);
  if ('type' in value && dialect !== 'anthropic') {
    checkName(value.type, 'type', OPENAI_NAMES);
    return ofOpenAi(read(openAiSchema, value), picture);
  }
  const field = dialect === 'openai' ? 'type' : 'action';
  const other = dialect === null ? ' (Anthropic) or a type (OpenAI)' : '';
  throw problem('BAD_REQUEST', '', `must have ${field === 'type' ? 'a' : 'an'} ${field}${other}`);
}

function parseAnthropic(value: object & { action?: unknown }, picture: Size): Action {
  checkName(value.action, 'action', ANTHROPIC_NAMES);
  return ofAnthropic(read(anthropicSchema, value), picture);
}

function parseToolUse(value: object, picture: Size): Action {
  const { name, toolset_name: toolset, input } = read(toolUseSchema, value);
  if (toolset != null && toolset !== 'computer') throw problem('BAD_REQUEST', 'toolset_name', 'must be computer');
  const isOfToolset = name !== 'computer';
  if (isOfToolset) checkName(name, 'name', ANTHROPIC_NAMES);
  if (isOfToolset && 'action' in input) throw unknownField('input.action');
  try {
    return parseAnthropic(isOfToolset ? { ...input, action: name } : input, picture);
  } catch (error) {
    throw error instanceof MoonshareError ? within(error, 'input') : error;
  }
}

function checkName(name: unknown, field: string, names: readonly string[]): void {
  if (typeof name === 'string' && names.includes(name)) return;
  const meant = typeof name === 'string' ? closestName(name.slice(0, 64), names) : null;
  const closest = meant === null ? '' : `; the closest is ${meant}`;
  throw problem('BAD_REQUEST', field, `must be one of ${names.join(', ')}${closest}`);
}

function read<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // One is enough: the next attempt finds the others. A field that nobody knows is often what another one lacks.
  const unknown = result.error.issues.find(({ code }) => code === 'unrecognized_keys');
  if (unknown?.code === 'unrecognized_keys') throw unknownField([...unknown.path, unknown.keys[0]].join('.'));
  const [issue] = result.error.issues;
  throw problem('BAD_REQUEST', issue?.path.join('.') ?? '', issue?.message ?? 'is not valid');
}

function unknownField(field: string): MoonshareError {
  return problem('BAD_REQUEST', field.slice(0, MAX_FIELD_LENGTH), 'is no field of this action');
}

/** The same error, of a field that is deeper than it knows. */
function within(error: MoonshareError, path: string): MoonshareError {
  const field = String(error.details?.field ?? '');
  const full = [path, field].filter((part) => part !== '').join('.');
  const text = error.message.slice(field.length);
  return new MoonshareError(error.code, { message: `${full}${text}`, details: { ...error.details, field: full } });
}
