import type { Actions } from '@moonshare/api';
import { actionsRequestSchema } from '@moonshare/contract';
import { z } from 'zod';
import { type Tool, tool } from '../tool.ts';
import { PARTICIPANT, STREAMER } from './shapes.ts';

const { actions, picture, typing, screenshot, settle_ms, max_edge, wait_for_control, hold_ms, release } =
  actionsRequestSchema.shape;
/** How long most batches take, for the progress; the server has its own limit. */
const USUAL_MS = 30_000;

export const ACTION_TOOLS: readonly Tool[] = [
  tool({
    name: 'act',
    title: 'Use mouse and keyboard',
    description:
      "Does actions in order, up to the first that fails, and by default answers with a picture of how it looks afterwards. Actions are those of Anthropic's computer tools, such as {action: left_click, coordinate: [x, y]}, {action: type, text}, {action: key, text: ctrl+s}, or of OpenAI's, such as {type: click, button: left, x, y}. Coordinates are pixels of the last whole picture that act or screenshot gave you; say picture if they are of another one.",
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
    run: ({ streamer_id, participant: named, ...input }, { api, participant, signal, progress }) => {
      progress.start(USUAL_MS + input.wait_for_control, () => `acting on ${streamer_id}`);
      // The server reads them, and says what is wrong.
      const actions = input.actions as Actions['actions'];
      const body = { ...input, actions, participant: named ?? participant };
      return api.act(streamer_id, body, { signal });
    },
  }),
];
