import type { Problem, ProblemCode } from '@moonshare/client';
import { errorBodySchema } from '@moonshare/contract';

/** A failed request: what happened, and what a person can do about it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: Problem;
  /** Seconds until it is worth trying again, if the server said so. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null = null) {
    super(problem.message);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  get code(): ProblemCode {
    return this.problem.code;
  }
}

export function unreachable(): ApiError {
  return new ApiError({
    code: 'SERVER_UNREACHABLE',
    message: 'The server is not responding',
    hint: 'Is it running, and is this device online?',
  });
}

export function badReply(): ApiError {
  return new ApiError({
    code: 'SERVER_BAD_REPLY',
    message: 'The server sent an unexpected reply',
    hint: 'Reload the page: the server may have been updated. Otherwise a proxy in between may be misconfigured.',
  });
}

/** An unsuccessful response; `body` is null if it was not JSON. */
export function refusal(response: Response, body: unknown): ApiError {
  const error = errorBodySchema.safeParse(body).data;
  if (error !== undefined) {
    return new ApiError({ code: error.code, message: error.error, hint: error.hint }, retryAfter(response));
  }
  // Not an answer of ours: a proxy in front of a server that is down, or something else entirely.
  return response.status >= 500 ? unreachable() : badReply();
}

/** In seconds; our server never sends the header's other form, a date. */
function retryAfter(response: Response): number | null {
  const header = response.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(header) ? Number(header) : null;
}

/** Anything thrown, as something to show. What is not an ApiError is a bug of ours and also goes to the console. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ApiError) return thrown.problem;
  console.error(thrown);
  return {
    code: 'INTERNAL',
    message: 'Something went wrong on this page',
    hint: 'Reload the page, and please report the problem.',
  };
}
