import type { Socket } from 'node:net';
import { ERRORS, type ErrorBody, type ErrorCode, MoonshareError } from '@moonshare/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ZodError, z } from 'zod';
import { bearerToken } from '../auth/credentials.ts';
import { RateLimitedError } from '../auth/limit-error.ts';
import { looksLikeToken } from '../auth/rate-limited-credentials.ts';
import type { SecurityLog } from '../security/security-log.ts';
import { isUnwritable } from '../store/pending-writes.ts';

/** The value, parsed. Throws BAD_REQUEST, which names every field that is wrong. */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw badRequest(result.error);
}

function badRequest(error: ZodError): MoonshareError {
  const problems = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return new MoonshareError('BAD_REQUEST', { message: `Bad request: ${problems.join('; ')}` });
}

/** Texts that callers compare, protocol/4 §2: the same wherever the error comes from. */
const LITERAL: ReadonlySet<ErrorCode> = new Set([
  'STREAMER_EXISTS',
  'STREAMER_NOT_FOUND',
  'HOST_NOT_FOUND',
  'HOST_NOT_PAIRED',
] satisfies ErrorCode[]);

function errorBody(error: MoonshareError): ErrorBody {
  const body = error.toBody();
  return LITERAL.has(error.code) ? { ...body, error: ERRORS[error.code].message } : body;
}

/** Answers every error with its code and without a stack. `unwritable`: called when the database has refused a write. */
export function errorHandler(
  log: Logger,
  {
    unwritable,
    refused,
  }: { unwritable: () => void; refused: (request: FastifyRequest, error: MoonshareError) => void },
) {
  return (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const error = coded(thrown);
    if (isUnwritable(thrown)) unwritable();
    request.errorCode = error.code;
    refused(request, error);
    if (error.code === 'INTERNAL') log.error({ err: thrown, route: request.routeOptions.url }, 'request failed');
    if (error.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
    if (error instanceof RateLimitedError) reply.header('retry-after', error.retryAfterSeconds);
    return reply.code(error.status).send(errorBody(error));
  };
}

/** Records who was refused: for an invalid secret, or for asking too much. */
export function recordRefusals(security: SecurityLog, addressOf: (request: FastifyRequest) => string) {
  return (request: FastifyRequest, error: MoonshareError): void => {
    const address = addressOf(request);
    security.refused(address, error);
    if (error.code !== 'UNAUTHORIZED') return;
    const secret = bearerToken(request.headers.authorization);
    if (secret !== null && !looksLikeToken(secret)) security.record(address, { event: 'credentials.failed' });
    else if (secret !== null || hasToken(request)) security.record(address, { event: 'token.refused' });
  };
}

/** In the query of a socket. */
function hasToken({ query }: FastifyRequest): boolean {
  return typeof query === 'object' && query !== null && ('token' in query || 'resume' in query || 'ticket' in query);
}

/** For HTTP that Node itself cannot parse, and requests that take too long to arrive. Clients that speak no TLS where it is required get no answer. */
export function answerClientError(
  cause: NodeJS.ErrnoException,
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (!socket.writable || !/^(HPE|ERR_HTTP)_/.test(cause.code ?? '')) return void socket.destroy();
  const tooLarge = cause.code === 'HPE_HEADER_OVERFLOW';
  const error = new MoonshareError(tooLarge ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST');
  const body = JSON.stringify(error.toBody());
  const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const all = {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
  socket.destroySoon();
}

function coded(thrown: FastifyError): MoonshareError {
  if (thrown.statusCode === 413) return new MoonshareError('PAYLOAD_TOO_LARGE', { cause: thrown });
  if (thrown.statusCode === 404) return new MoonshareError('NOT_FOUND', { cause: thrown });
  if (isUnwritable(thrown)) return new MoonshareError('STORE_UNWRITABLE', { cause: thrown });
  const own = MoonshareError.from(thrown);
  if (own.code !== 'INTERNAL' || thrown.statusCode === undefined || thrown.statusCode >= 500) return own;
  return new MoonshareError('BAD_REQUEST', { message: `Bad request: ${thrown.message}`, cause: thrown });
}
