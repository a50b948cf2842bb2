import { z } from 'zod';
import { ERROR_CODES, type ErrorBody } from './error-codes.ts';

export const errorCodeSchema = z.enum(ERROR_CODES);

export const errorBodySchema = z.object({
  error: z.string(),
  code: errorCodeSchema,
  hint: z.string(),
  /** What a program needs to go on. */
  details: z.record(z.string(), z.unknown()).exactOptional(),
}) satisfies z.ZodType<ErrorBody>;
