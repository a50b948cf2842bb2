import { actionsRequestSchema } from '@moonshare/contract';
import { z } from 'zod';
import { type Tool, tool } from '../tool.ts';
import { PARTICIPANT, pathOf, STREAMER } from './shapes.ts';

const { actions, picture, typing, screenshot, settle_ms, max_edge, wait_for_control, hold_ms, release } =
  actionsRequestSchema.shape;
/** How long most batches take, for the progress; the server has its own limit. */
const USUAL_MS = 30_000;

export const ACTION_TOOLS: readonly Tool[] = [
  tool({
    name: 'act',
    title: 'Use mouse and keyboard',
    description:
      "Does actions in order, up to the first that fails, and by default answers with a picture of how it looks afterwards. Actions are those of Anthropic's computer tools, such as {action: left_click, coordinate: [x, y]}, {action: type, text}, {action: key, text: ctrl+s}, or of OpenAI's, such as {type: click, button: left, x, y}. Coordinates are pixels of the last picture that act gave you; say picture if they are of another one.",
    input: z.strictObject({
      ...STREAMER,
      actions,
      screenshot: z
        .boolean()
        .default(true)
        .describe(screenshot.description ?? ''),
      settle_ms,
      max_edge,
      picture,
      typing,
      wait_for_control,
      hold_ms,
      release,
      ...PARTICIPANT,
    }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    run: ({ streamer_id, participant: named, ...input }, { rest, participant, signal, progress }) => {
      progress.start(USUAL_MS + input.wait_for_control, () => `acting on ${streamer_id}`);
      const body = { ...input, participant: named ?? participant };
      return rest.json('POST', pathOf(streamer_id, '/actions'), { body, signal });
    },
  }),
];
