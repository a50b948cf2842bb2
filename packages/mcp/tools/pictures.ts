import {
  MAX_PICTURE_EDGE,
  MAX_PICTURE_WAIT_MS,
  pictureFormatSchema,
  regionSchema,
  waitRequestSchema,
} from '@moonshare/contract';
import { z } from 'zod';
import { contentOf } from '../content.ts';
import { type Tool, tool } from '../tool.ts';
import { PARTICIPANT, STREAMER } from './shapes.ts';

export const PICTURE_TOOLS: readonly Tool[] = [
  tool({
    name: 'screenshot',
    title: 'Take a screenshot',
    description:
      'The newest picture of a stream, scaled down to max_edge; `scale` says how many of its pixels are one of the stream.',
    input: z.strictObject({
      ...STREAMER,
      region: regionSchema.optional().describe('A part of the picture, in pixels of the stream, to see it larger'),
      max_edge: z.int().min(1).max(MAX_PICTURE_EDGE).default(1568).describe('Pixels of the longer edge'),
      format: pictureFormatSchema.default('jpeg'),
      quality: z.int().min(1).max(100).default(75).describe('Of JPEG and WebP'),
      max_age_ms: z.int().min(0).max(MAX_PICTURE_WAIT_MS).default(0).describe('A picture this old will do'),
      timeout_ms: z.int().min(1).max(MAX_PICTURE_WAIT_MS).default(10_000),
      ...PARTICIPANT,
    }),
    annotations: { readOnlyHint: true, openWorldHint: true },
    run: async ({ streamer_id, participant: named, ...picture }, { api, participant, signal, progress }) => {
      progress.start(picture.timeout_ms, () => `waiting for a picture of ${streamer_id}`);
      const options = { ...picture, participant: named ?? participant };
      const { data, type: mimeType, ...facts } = await api.screenshot(streamer_id, options, { signal });
      return [{ type: 'image', data: Buffer.from(data).toString('base64'), mimeType }, ...contentOf(facts)];
    },
  }),
  tool({
    name: 'wait',
    title: 'Wait for the picture',
    description:
      'Answers when the picture has changed, or has stopped changing: after an action, until a page has loaded.',
    input: z.strictObject({ ...STREAMER, ...waitRequestSchema.shape }),
    annotations: { readOnlyHint: true, openWorldHint: true },
    run: ({ streamer_id, ...body }, { api, signal, progress }) => {
      const what = body.until === 'stable' ? 'stops changing' : 'changes';
      progress.start(body.timeout_ms, () => `waiting until the picture of ${streamer_id} ${what}`);
      return api.waitForPicture(streamer_id, body, { signal });
    },
  }),
];
