import { once } from 'node:events';
import { MoonshareError } from '@moonshare/contract';
import type { FastifyReply } from 'fastify';
import type { ApiServices } from './api-services.ts';
import type { Caller } from './authenticator.ts';

/** `work` is aborted when the caller goes, or may not see the streamer any more. */
export async function whileAllowed<T>(
  { accounts }: ApiServices,
  caller: Caller,
  id: string,
  reply: FastifyReply,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const grants = [...caller.grants, ...(accounts.streamers.of(caller.user, id)?.grants ?? [])];
  const over = new AbortController();
  const release = accounts.live.add(grants, () => over.abort(new MoonshareError('ACCESS_REVOKED')));
  // It may be over before the reply has closed.
  once(reply.raw, 'close', { signal: over.signal }).then(
    () => over.abort(new MoonshareError('BAD_REQUEST', { message: 'The caller has gone' })),
    () => {},
  );
  try {
    return await work(over.signal);
  } finally {
    release();
    over.abort();
  }
}
