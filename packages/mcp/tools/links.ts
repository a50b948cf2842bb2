import { createLinkSchema } from '@moonshare/contract';
import { z } from 'zod';
import { type Tool, tool } from '../tool.ts';
import { STREAMER } from './shapes.ts';

export const LINK_TOOLS: readonly Tool[] = [
  tool({
    name: 'create_link',
    title: 'Make a link for people',
    description:
      'An address with which people join the stream in their browsers, to watch (role watch), play along (gamepad) or take over (full). Whoever has it can use it: give it only to the people it is for. With vouched, it opens only in browsers that have been vouched for, so that whoever reads this conversation cannot use it.',
    input: z.strictObject({ ...STREAMER, ...createLinkSchema.shape }),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    run: ({ streamer_id, ...body }, { api, signal }) => api.createLink(streamer_id, body, { signal }),
  }),
];
