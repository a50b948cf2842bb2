import { type ErrorCode, MoonshareError } from '@moonshare/contract';

/** Of what it says: names from the wire may be of any length. */
const MAX_LENGTH = 500;

/** What is wrong with an action; `field`: where in it. */
export function problem(
  code: Extract<ErrorCode, 'BAD_REQUEST' | 'KEY_UNKNOWN' | 'OUTSIDE_PICTURE'>,
  field: string,
  text: string,
  details: Record<string, unknown> = {},
): MoonshareError {
  return new MoonshareError(code, {
    message: `${field}: ${text.slice(0, MAX_LENGTH)}`,
    details: { field, ...details },
  });
}
