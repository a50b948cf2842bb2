import {
  type ErrorCode,
  MAX_PICTURE_EDGE,
  MAX_PICTURE_WAIT_MS,
  type Picture,
  type PictureFormat,
  participantNameSchema,
  pictureFormatSchema,
  regionSchema,
  streamerIdSchema,
} from '@moonshare/contract';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { agentOf } from '../../control/agent.ts';
import { route } from '../route.ts';
import { whileAllowed } from '../while-allowed.ts';
import { NO_STREAMER } from './common-errors.ts';

const ERRORS: readonly ErrorCode[] = [
  ...NO_STREAMER,
  'STREAMER_NOT_ACTIVE',
  'STREAMER_STOPPED',
  'ACCESS_REVOKED',
  'DECODER_MISSING',
  'DECODER_FAILED',
  'DECODER_LIMIT',
  'PICTURE_LIMIT',
];

const TYPES: Readonly<Record<PictureFormat, string>> = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };

/** A whole number as written in a query string. */
function numberQuery({ from, to, otherwise }: { from: number; to: number; otherwise: number }) {
  return z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= from && value <= to, `must be ${from} to ${to}`)
    .default(otherwise);
}

const REGION = z
  .string()
  .regex(/^\d{1,5},\d{1,5},\d{1,5},\d{1,5}$/, 'must be x,y,width,height in pixels')
  .transform((text) => {
    const [x, y, width, height] = text.split(',').map(Number);
    return { x, y, width, height };
  })
  .pipe(regionSchema)
  .optional();

/** Pictures of a stream, and waiting for them, with nobody watching. */
export const PICTURE_ROUTES = [
  route({
    method: 'GET',
    path: '/api/streamers/:id/screenshot',
    access: 'streamers:read',
    tag: 'Pictures',
    audit: 'summed',
    summary: 'The newest picture of the stream as JPEG, PNG or WebP; what it shows is in the headers X-Moonshare-*',
    params: { id: streamerIdSchema },
    query: {
      format: pictureFormatSchema.default('jpeg').describe('jpeg, png or webp. Default: jpeg'),
      quality: numberQuery({ from: 1, to: 100, otherwise: 75 }).describe('1 to 100, of JPEG and WebP. Default: 75'),
      max_edge: numberQuery({ from: 1, to: MAX_PICTURE_EDGE, otherwise: 1568 }).describe(
        'Pixels of the longer edge; larger pictures are scaled down. Default: 1568',
      ),
      region: REGION.describe('x,y,width,height: a part of the picture, in pixels of the stream'),
      max_age_ms: numberQuery({ from: 0, to: MAX_PICTURE_WAIT_MS, otherwise: 0 }).describe(
        'A picture this old will do, which costs nothing. Default: 0, the newest one',
      ),
      timeout_ms: numberQuery({ from: 1, to: MAX_PICTURE_WAIT_MS, otherwise: 10_000 }).describe(
        'How long to wait for it, perhaps while the host reconnects. Default: 10000',
      ),
      participant: participantNameSchema
        .optional()
        .describe('The name of the agent that it is for: the coordinates of its next actions are of this picture'),
    },
    answer: { status: 200, type: 'image/jpeg' },
    errors: [...ERRORS, 'PICTURE_TIMEOUT'],
    // Its answer would cost as much.
    head: false,
    handler: async ({ services, params: { id }, query, caller, request, reply }) => {
      const { format, quality, max_edge: maxEdge, region = null, max_age_ms: maxAgeMs, timeout_ms: timeoutMs } = query;
      const options = { format, quality, maxEdge, region };
      const streamer = services.streamerAuthorizer.taken(caller, id, 'watch');
      const picture = await whileAllowed(services, caller, id, reply, (signal) =>
        services.pictures.screenshot(streamer, { maxAgeMs, options, timeoutMs, signal }),
      );
      services.actions.noteShown(streamer, agentOf(caller, id, query.participant), picture);
      describe(reply, picture);
      if (request.headers['if-none-match'] === `"${picture.hash}"`) return reply.code(304).send();
      return reply.type(TYPES[format]).send(Buffer.from(picture.data));
    },
  }),
  route({
    method: 'POST',
    path: '/api/streamers/:id/wait',
    access: 'streamers:read',
    tag: 'Pictures',
    audit: 'summed',
    summary: 'Answers when the picture has changed, or has stopped changing',
    params: { id: streamerIdSchema },
    body: 'WaitRequest',
    answer: { status: 200, schema: 'WaitAnswer' },
    errors: [...ERRORS, 'WAIT_TIMEOUT'],
    handler: async ({ services, params: { id }, body, caller, reply }) => {
      const { until, region = null, quiet_ms: quietMs, threshold = null, timeout_ms: timeoutMs } = body;
      const streamer = services.streamerAuthorizer.taken(caller, id, 'watch');
      const { outcome, frame, receivedAt } = await whileAllowed(services, caller, id, reply, (signal) =>
        services.pictures.wait(streamer, { options: { until, region, quietMs, threshold }, timeoutMs, signal }),
      );
      return { outcome, frame, at: new Date(receivedAt).toISOString() };
    },
  }),
];

function describe(reply: FastifyReply, picture: Picture): void {
  const { x, y, width, height } = picture.region;
  reply
    .header('cache-control', 'no-store')
    .header('etag', `"${picture.hash}"`)
    .header('x-moonshare-frame', picture.frame)
    .header('x-moonshare-time', new Date(picture.receivedAt).toISOString())
    .header('x-moonshare-width', picture.width)
    .header('x-moonshare-height', picture.height)
    .header('x-moonshare-scale', picture.scale)
    .header('x-moonshare-region', `${x},${y},${width},${height}`)
    .header('x-moonshare-hash', picture.hash);
}
