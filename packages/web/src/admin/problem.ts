import { ApiError } from '@moonshare/api';
import type { Problem, ProblemCode } from '@moonshare/client';

/** What a person in front of this page can do about what the client finds out by itself. */
const OWN_TEXTS: Readonly<Record<string, { message: string; hint: string }>> = {
  SERVER_UNREACHABLE: {
    message: 'The server is not responding',
    hint: 'Is it running, and is this device online?',
  },
  SERVER_BAD_REPLY: {
    message: 'The server sent an unexpected reply',
    hint: 'Reload the page: the server may have been updated. Otherwise a proxy in between may be misconfigured.',
  },
};

/** Anything thrown, as something to show. What is not an ApiError is a bug of ours and also goes to the console. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ApiError) {
    const { code, message, hint } = thrown;
    // Only shown: a code of a newer server is as good.
    return { code: code as ProblemCode, ...(OWN_TEXTS[code] ?? { message, hint }) };
  }
  console.error(thrown);
  return {
    code: 'INTERNAL',
    message: 'Something went wrong on this page',
    hint: 'Reload the page, and please report the problem.',
  };
}
