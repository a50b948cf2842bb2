import { z } from 'zod';
import { ERRORS, type ErrorBody, type ErrorCode } from './errors.ts';

export const errorCodeSchema = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

export const errorBodySchema = z.object({
  error: z.string(),
  code: errorCodeSchema,
  hint: z.string(),
  /** What a program needs to go on. */
  details: z.record(z.string(), z.unknown()).exactOptional(),
}) satisfies z.ZodType<ErrorBody>;
