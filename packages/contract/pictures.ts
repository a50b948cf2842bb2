import { z } from 'zod';

export const pictureFormatSchema = z.enum(['jpeg', 'png', 'webp']);
export type PictureFormat = z.infer<typeof pictureFormatSchema>;

/** The longest edge that a picture can be asked for, pixels: the formats can hold little more. */
export const MAX_PICTURE_EDGE = 8_192;

/** A part of the stream's picture, in its pixels. */
export const regionSchema = z.object({
  x: z.int().min(0).max(MAX_PICTURE_EDGE),
  y: z.int().min(0).max(MAX_PICTURE_EDGE),
  width: z.int().min(1).max(MAX_PICTURE_EDGE),
  height: z.int().min(1).max(MAX_PICTURE_EDGE),
});
export type Region = z.infer<typeof regionSchema>;

/** How a picture is to look. `maxEdge`: the longest edge of the answer, which is never enlarged. */
export const pictureOptionsSchema = z.object({
  format: pictureFormatSchema,
  /** 1..100; PNG has none. */
  quality: z.int().min(1).max(100),
  maxEdge: z.int().min(1).max(MAX_PICTURE_EDGE),
  /** null: all of it. */
  region: regionSchema.nullable(),
});
export type PictureOptions = z.infer<typeof pictureOptionsSchema>;

/** An encoded picture. */
export const pictureSchema = z.object({
  data: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  /** Of the stream, in pixels, and what part of it is shown: all of it without a region. */
  streamWidth: z.int(),
  streamHeight: z.int(),
  region: regionSchema,
  /** Of the encoded picture. */
  width: z.int(),
  height: z.int(),
  /** Pixels of the answer per pixel of the stream, at most 1. */
  scale: z.number(),
  /** Counts the frames of the stream while its process runs; u32. */
  frame: z.number(),
  /** Presentation time, µs, by the clock of the stream. */
  timeUs: z.number(),
  /** When the frame came, ms since 1970. */
  receivedAt: z.number(),
  /** Equal for pictures that are equal, byte by byte. */
  hash: z.string(),
});
export type Picture = z.infer<typeof pictureSchema>;

/** The longest time that a request for a picture, or a wait, may take. */
export const MAX_PICTURE_WAIT_MS = 60_000;

export const waitRequestSchema = z.strictObject({
  until: z.enum(['stable', 'change']).describe('stable: nothing changes for quiet_ms; change: something does'),
  region: regionSchema
    .nullish()
    .describe('The part of the picture that counts, in pixels of the stream. Absent: all of it'),
  quiet_ms: z.int().min(0).max(MAX_PICTURE_WAIT_MS).default(500).describe('For stable: how long nothing must change'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .describe(
      'The share of pixels that must differ for a change. Without it, any pixel that visibly differs will do, except that a picture which a key frame showed coarsely may get sharper',
    ),
  timeout_ms: z.int().min(1).max(MAX_PICTURE_WAIT_MS).default(10_000),
});

export const waitAnswerSchema = z.object({
  outcome: z.enum(['stable', 'changed']),
  /** The newest frame by then; counts the frames of the stream while its process runs. */
  frame: z.int(),
  /** When that frame came, RFC 3339. */
  at: z.string(),
});
