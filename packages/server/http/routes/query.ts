import { z } from 'zod';

/** Numbers and flags as written in query strings. */
export const u32Query = z
  .string()
  .regex(/^\d{1,10}$/, 'must be a number')
  .transform(Number)
  .refine((value) => value <= 0xffff_ffff, 'must fit into 32 bits');

export const flagQuery = z
  .string()
  .optional()
  .transform((value) => value !== undefined && !['0', 'false', 'no'].includes(value));
