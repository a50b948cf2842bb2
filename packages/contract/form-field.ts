import { z } from 'zod';

/**
 * A field of the legacy contract (protocol/4 §1 and §3) as old pages fill it in from a form or a URL: a number or its
 * digits; null and an empty text mean absent.
 */
export function formField<T extends z.ZodType>(schema: T) {
  return z.preprocess(read, schema);
}

function read(value: unknown): unknown {
  if (value === null || value === '') return undefined;
  return typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
}
