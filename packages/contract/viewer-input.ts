import { z } from 'zod';
import { MAX_TEXT_BYTES } from './channels/decode.ts';
import type { ViewerInput } from './channels/input.ts';
import { participantNameSchema } from './control.ts';

const i16 = z.int().min(-32_768).max(32_767);
const u8 = z.int().min(0).max(255);
const u16 = z.int().min(0).max(65_535);
const u32 = z.int().min(0).max(0xffff_ffff);
const share = z.number().min(0).max(1);

/** ViewerInput as JSON, for those who send input without a browser. */
export const viewerInputSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mouseMove'), dx: i16, dy: i16 }).describe('Moves the pointer by dx, dy pixels.'),
  z
    .strictObject({
      kind: z.literal('mousePosition'),
      x: i16.min(0),
      y: i16.min(0),
      width: i16.min(1),
      height: i16.min(1),
    })
    .refine(({ x, y, width, height }) => x <= width && y <= height, 'is outside the picture')
    .describe('Puts the pointer at x, y in a picture of width × height.'),
  z
    .strictObject({ kind: z.literal('mouseButton'), down: z.boolean(), button: z.int().min(1).max(5) })
    .describe('1 left, 2 middle, 3 right, 4 X1, 5 X2.'),
  z
    .strictObject({ kind: z.literal('wheelPixels'), dx: i16, dy: i16 })
    .describe('CSS pixels; positive dy scrolls up, positive dx to the right.'),
  z
    .strictObject({
      kind: z.literal('wheelNotches'),
      dx: z.int().min(-128).max(127),
      dy: z.int().min(-128).max(127),
    })
    .describe('Notches of a wheel; positive dy scrolls up.'),
  z
    .strictObject({
      kind: z.literal('key'),
      down: z.boolean(),
      modifiers: u8.default(0),
      virtualKey: z.int().min(1).max(255),
    })
    .describe('A Windows virtual key code, 65 is A. Modifier keys are separate keys: 160 Shift, 162 Control, 164 Alt.'),
  z
    .strictObject({ kind: z.literal('text'), text: z.string().min(1).max(MAX_TEXT_BYTES) })
    .describe('Types any characters, whatever the keyboard layout of the host.'),
  z
    .strictObject({
      kind: z.literal('lockKeys'),
      capsLock: z.boolean().nullable().default(null),
      numLock: z.boolean().nullable().default(null),
      scrollLock: z.boolean().nullable().default(null),
    })
    .describe(
      'Turns lock keys on or off; null leaves one as it is. Hosts do not report them: they count as off at the start, and are tracked by the presses sent.',
    ),
  z
    .strictObject({
      kind: z.literal('touch'),
      event: z.enum(['down', 'move', 'up']),
      pointerId: u32,
      x: share,
      y: share,
      pressure: share.default(1),
      contactMajor: share.default(0),
      contactMinor: share.default(0),
      rotation: u16.default(0),
    })
    .describe('A finger; x and y are 0 to 1 of the picture.'),
  z
    .strictObject({
      kind: z.literal('controllerAdd'),
      id: z.int().min(0).max(15),
      supportedButtons: u32.default(0xffff),
      capabilities: u16.default(1),
    })
    .describe('Plugs a gamepad in.'),
  z.strictObject({ kind: z.literal('controllerRemove'), id: z.int().min(0).max(15) }).describe('Unplugs it.'),
  z
    .strictObject({
      kind: z.literal('controllerState'),
      id: z.int().min(0).max(15),
      buttons: u32.default(0),
      leftTrigger: u8.default(0),
      rightTrigger: u8.default(0),
      leftX: i16.default(0),
      leftY: i16.default(0),
      rightX: i16.default(0),
      rightY: i16.default(0),
    })
    .describe(
      'All of a gamepad at once: buttons as bits (A 0x1000), triggers 0 to 255, sticks -32768 to 32767, up positive.',
    ),
]) satisfies z.ZodType<ViewerInput>;

/** Enough for a page of text or a long drag; longer input takes several requests. */
export const MAX_INPUT_EVENTS = 500;
/** Characters in all texts of a request: what may be typed at once. */
export const MAX_INPUT_TEXT = 4096;

/** `POST /api/streamers/{id}/input`: done in order, as if by one more viewer that never watches: the agent of that name. */
export const inputRequestSchema = z
  .strictObject({
    participant: participantNameSchema
      .optional()
      .describe('The name of the agent; absent: that of the API token or the user, otherwise agent.'),
    events: z.array(viewerInputSchema).max(MAX_INPUT_EVENTS).default([]),
    release: z
      .boolean()
      .default(false)
      .describe(
        'Release everything at the end: keys, buttons, fingers, gamepads. Otherwise that happens 10 s after the last request.',
      ),
  })
  .refine(({ events, release }) => events.length > 0 || release, 'events or release: true')
  .refine(
    ({ events }) =>
      events.reduce((sum, event) => sum + (event.kind === 'text' ? event.text.length : 0), 0) <= MAX_INPUT_TEXT,
    { path: ['events'], error: `the texts of one request may have ${MAX_INPUT_TEXT} characters in total` },
  );
export type StreamerInputRequest = z.infer<typeof inputRequestSchema>;

/** All events were accepted, or all refused because they were more than a caller may send: 4096 keys and characters at once, 2000 a second. */
export const inputAnswerSchema = z.object({ accepted: z.int(), refused: z.int() });
export type InputAnswer = z.infer<typeof inputAnswerSchema>;

/** Input of a gamepad has its own place on the host, whoever has the controls. */
export function isOfGamepad({ kind }: ViewerInput): boolean {
  return kind === 'controllerAdd' || kind === 'controllerRemove' || kind === 'controllerState';
}

/** Every kind there is, for counting. */
export const inputKindSchema = z.enum(
  viewerInputSchema.options.map(({ shape }) => shape.kind.value) as [ViewerInput['kind'], ...ViewerInput['kind'][]],
);
