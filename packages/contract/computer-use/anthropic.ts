import { z } from 'zod';
import { MAX_NOTCHES, MAX_PAUSE_S, MAX_REPEAT } from './limits.ts';
import { text } from './text.ts';

/** x and y in pixels; `.nullish()` wherever models may leave out a field, since they also write null. */
const coordinate = z.tuple([z.number(), z.number()]);
const held = z.string().max(100).nullish().describe('keys that are held meanwhile, such as ctrl+shift');
const keys = z.string().min(1).max(500).describe('keys as xdotool names them, such as ctrl+shift+t; any case');
const seconds = z.number().min(0).max(MAX_PAUSE_S);

const clickNames = z.enum(['left_click', 'right_click', 'middle_click', 'double_click', 'triple_click']);
const click = z.strictObject({ action: clickNames, coordinate: coordinate.nullish(), text: held });

/**
 * Every action of `computer_20241022`, `computer_20250124` and `computer_20251124`, and each tool of `computer_toolset_20260801` with its name
 * as the `action`. Shapes: @anthropic-ai/sdk, resources/beta/messages.
 */
export const anthropicSchema = z.discriminatedUnion('action', [
  click.describe('At coordinate, or where the pointer is.'),
  z.strictObject({ action: z.literal('mouse_move'), coordinate }),
  z.strictObject({
    action: z.literal('left_click_drag'),
    coordinate,
    start_coordinate: coordinate.nullish(),
    text: held,
  }),
  z.strictObject({ action: z.enum(['left_mouse_down', 'left_mouse_up']), coordinate: coordinate.nullish() }),
  z.strictObject({
    action: z.literal('scroll'),
    coordinate: coordinate.nullish(),
    scroll_direction: z.enum(['up', 'down', 'left', 'right']),
    scroll_amount: z.number().min(0).max(MAX_NOTCHES).describe('notches of the wheel'),
    text: held,
  }),
  z.strictObject({
    action: z.literal('key'),
    text: keys,
    repeat: z.int().min(1).max(MAX_REPEAT).nullish(),
  }),
  z.strictObject({ action: z.literal('hold_key'), text: keys, duration: seconds.describe('seconds') }),
  z.strictObject({ action: z.literal('type'), text }),
  z.strictObject({ action: z.literal('wait'), duration: seconds.describe('seconds') }),
  z.strictObject({ action: z.literal('screenshot') }),
  z.strictObject({
    action: z.literal('zoom'),
    region: z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('left, top, right, bottom'),
  }),
  z.strictObject({ action: z.literal('cursor_position') }),
]);
export type AnthropicAction = z.infer<typeof anthropicSchema>;
export type AnthropicPoint = z.infer<typeof coordinate>;
