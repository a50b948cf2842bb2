import { z } from 'zod';

/** To type. Half of a surrogate pair is no character: it would be left out without a word. */
export const text = z.string().refine((written) => written.isWellFormed(), 'has half of a surrogate pair');
