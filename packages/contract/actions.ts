import { z } from 'zod';
import { anthropicSchema } from './computer-use/anthropic.ts';
import { MAX_PAUSE_S } from './computer-use/limits.ts';
import { openAiSchema } from './computer-use/openai.ts';
import { participantNameSchema } from './control.ts';
import { errorBodySchema } from './error-body.ts';
import { MAX_PICTURE_EDGE, pictureFormatSchema, regionSchema } from './pictures.ts';

/** Whose tools an action is written for. */
export const dialectSchema = z.enum(['anthropic', 'openai']);
export type Dialect = z.infer<typeof dialectSchema>;

/**
 * How text is typed. `keys`: with the keys of a US layout where it has them; other characters as text. `text`: all of it as text, whatever the
 * layout of the host, which types that on Linux as Ctrl+Shift+U and a number (protocol/5).
 */
export const typingSchema = z.enum(['keys', 'text']);
export type Typing = z.infer<typeof typingSchema>;

/** A `tool_use` block as it is: of the tool `computer`, or of a toolset, whose tools have the names of the actions. */
export const toolUseSchema = z.looseObject({
  type: z.literal('tool_use'),
  name: z.string().max(64),
  toolset_name: z.string().nullish(),
  input: z.record(z.string(), z.unknown()),
});

/** An action as a model writes it. */
const modelActionSchema = z.union([anthropicSchema, openAiSchema, toolUseSchema]);
export type ModelAction = z.input<typeof modelActionSchema>;

/** Described by the schema, and read by `@moonshare/actions`, which says better what is wrong. */
const unreadAction = z.unknown().meta(jsonSchema(modelActionSchema)) as z.ZodType<unknown, ModelAction>;

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

/** Actions of one request. */
export const MAX_ACTIONS = 100;
/** Characters that they may type in total. */
export const MAX_ACTIONS_TEXT = 65_536;
/** The size of a request for actions, bytes: the texts, and as much for everything else. */
export const MAX_ACTIONS_BYTES = 262_144;
/** Pictures in one answer. */
export const MAX_ACTIONS_PICTURES = 10;
/** How long they may take, without the waits for pictures and controls: as long as the longest single one. */
export const MAX_ACTIONS_MS = 1000 * MAX_PAUSE_S;

/** `POST /api/streamers/{id}/actions`: done in order by the agent of that name, up to the first that fails. */
export const actionsRequestSchema = z.strictObject({
  actions: z
    .array(unreadAction)
    .min(1)
    .max(MAX_ACTIONS)
    .describe("As models write them, of Anthropic's computer tools or of OpenAI's computer tool, also mixed."),
  participant: participantNameSchema
    .optional()
    .describe('The name of the agent; absent: that of the API token or the user, otherwise agent.'),
  dialect: dialectSchema.optional().describe('Absent: told from each action.'),
  picture: z
    .strictObject({
      width: z.int().min(1).max(MAX_PICTURE_EDGE),
      height: z.int().min(1).max(MAX_PICTURE_EDGE),
    })
    .optional()
    .describe(
      'The size of the picture that the coordinates are of. Absent: that of the last screenshot this agent was given, otherwise of the stream.',
    ),
  typing: typingSchema
    .default('keys')
    .describe(
      'keys: type text with the keys of a US layout, other characters as text. text: all of it as text, whatever the layout of the host; on Linux hosts some programs do not take that.',
    ),
  screenshot: z.boolean().default(false).describe('Answer with a picture of how it looks after the last action.'),
  settle_ms: z
    .int()
    .min(0)
    .max(10_000)
    .default(200)
    .describe(
      'Before a picture that follows input: wait until nothing has changed for so long, but not for ever if something always does. 0: take it at once.',
    ),
  max_edge: z
    .int()
    .min(1)
    .max(MAX_PICTURE_EDGE)
    .default(1568)
    .describe('Pixels of the longer edge of pictures; larger ones are scaled down.'),
  format: pictureFormatSchema.default('jpeg'),
  quality: z.int().min(1).max(100).default(75).describe('Of JPEG and WebP.'),
  wait_for_control: z
    .int()
    .min(0)
    .max(50_000)
    .default(0)
    .describe(
      'How long to wait for the controls, ms, if somebody else has them, also before actions that only look. 0: answer CONTROL_TAKEN to those that do more.',
    ),
  hold_ms: z
    .int()
    .min(0)
    .max(60_000)
    .default(30_000)
    .describe('How long what is held at the end, such as after left_mouse_down, stays held without another request.'),
  release: z.boolean().default(false).describe('Release everything at the end.'),
});
export type ActionsRequest = z.infer<typeof actionsRequestSchema>;

/** A picture in an answer. */
export const screenshotSchema = z.object({
  data: z.string().describe('base64'),
  media_type: z.enum(['image/jpeg', 'image/png', 'image/webp']),
  width: z.int(),
  height: z.int(),
  stream_width: z.int(),
  stream_height: z.int(),
  region: regionSchema.describe('what it shows, in pixels of the stream'),
  scale: z.number().describe('pixels of the picture per pixel of the stream'),
  frame: z.int(),
  at: z.iso.datetime(),
  hash: z.string(),
  settled: z.boolean().describe('false: the picture still kept changing'),
});
export type Screenshot = z.infer<typeof screenshotSchema>;

/** What became of an action. */
export const actionResultSchema = z.object({
  status: z.enum(['done', 'failed', 'skipped']),
  screenshot: screenshotSchema.exactOptional().describe('of screenshot and zoom'),
  cursor: z
    .object({ x: z.int(), y: z.int() })
    .nullable()
    .exactOptional()
    .describe('of cursor_position: where this agent has put it, in pixels of the picture; null: not known'),
  error: errorBodySchema.exactOptional().describe('why it failed'),
});
export type ActionResult = z.infer<typeof actionResultSchema>;

/** If one fails, the error has `details.results`, in which those after it are `skipped`. */
export const actionsAnswerSchema = z.object({
  participant_id: z.string(),
  results: z.array(actionResultSchema).describe('one for each action'),
  screenshot: screenshotSchema.nullable().describe('if it was asked for'),
  before: screenshotSchema
    .nullable()
    .describe('if it was asked for, and had to wait for the controls: how it looked then; null also without a picture'),
});
export type ActionsAnswer = z.infer<typeof actionsAnswerSchema>;
