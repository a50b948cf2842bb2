import { controlActionNameSchema, controlActionSchema } from '@moonshare/contract';
import { z } from 'zod';
import { type Tool, tool } from '../tool.ts';
import { PARTICIPANT, STREAMER } from './shapes.ts';

/** Taking is for people. */
const actionSchema = controlActionNameSchema.exclude(['take']);
const { to, wait_ms: waitMs } = controlActionSchema.shape;

export const CONTROL_TOOLS: readonly Tool[] = [
  tool({
    name: 'who_is_there',
    title: 'Who is there, and who has the controls',
    description:
      'The people and agents at a stream, the control policy, who has keyboard, mouse and touch, and who asks for them.',
    input: z.strictObject(STREAMER),
    annotations: { readOnlyHint: true, openWorldHint: false },
    run: async ({ streamer_id }, { api, signal }) => {
      const [{ participants }, control] = await Promise.all([
        api.listParticipants(streamer_id, { signal }),
        api.control(streamer_id, { signal }),
      ]);
      return { participants, control };
    },
  }),
  tool({
    name: 'control',
    title: 'Ask for the controls, or give them up',
    description:
      'request: ask for keyboard, mouse and touch, and wait for them up to wait_ms. release: give them up, or withdraw the request. grant, deny: answer who asks while you have them. Under the policy union nobody has to ask.',
    input: z.strictObject({ ...STREAMER, action: actionSchema, to, wait_ms: waitMs, ...PARTICIPANT }),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
    run: ({ streamer_id, participant: named, ...input }, { api, participant, signal, progress }) => {
      if (input.wait_ms > 0) progress.start(input.wait_ms, () => `waiting for the controls of ${streamer_id}`);
      const body = { ...input, participant: named ?? participant };
      return api.controlAction(streamer_id, body, { signal });
    },
  }),
];
