import { z } from 'zod';
import { MAX_PATH, MAX_SCROLL_PIXELS } from './limits.ts';
import { text } from './text.ts';

const keyName = z.string().min(1).max(40);
const held = z.array(keyName).max(10).nullish().describe('keys that are held meanwhile');
const at = { x: z.number(), y: z.number() };
const pixels = z.number().min(-MAX_SCROLL_PIXELS).max(MAX_SCROLL_PIXELS);
const buttonName = z.enum(['left', 'right', 'wheel', 'back', 'forward']);

/** Every `ComputerAction`. Shapes: openai, resources/responses. */
export const openAiSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('click'), button: buttonName, ...at, keys: held }),
  z.strictObject({ type: z.literal('double_click'), ...at, keys: held }),
  z.strictObject({
    type: z.literal('drag'),
    path: z.array(z.strictObject(at)).min(2).max(MAX_PATH),
    keys: held,
  }),
  z
    .strictObject({ type: z.literal('keypress'), keys: z.array(keyName).min(1).max(10) })
    .describe('Keys that go down together, such as CTRL and C.'),
  z.strictObject({ type: z.literal('move'), ...at, keys: held }),
  z
    .strictObject({ type: z.literal('scroll'), ...at, scroll_x: pixels, scroll_y: pixels, keys: held })
    .describe('By pixels, positive to the right and down.'),
  z.strictObject({ type: z.literal('type'), text }),
  z.strictObject({ type: z.literal('wait') }),
  z.strictObject({ type: z.literal('screenshot') }),
]);
export type OpenAiAction = z.infer<typeof openAiSchema>;
