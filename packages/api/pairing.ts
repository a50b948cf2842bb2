import { badReply } from './api-error.ts';
import type { Requests } from './requests.ts';
import type { HostAnswer } from './types.ts';
import { Ending } from './wait.ts';

/** First the PIN that a person has to enter at the host, then the outcome; `pairingInfo` says why it failed. */
export type PairingStep = { Pin: string } | { Paired: HostAnswer['host'] } | 'PairError' | 'InternalServerError';

/** Pairs a host. Waits for the person as long as the server does; ending the loop ends the pairing. Throws ApiError. */
export async function* pairingSteps(
  requests: Requests,
  hostId: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<PairingStep, void> {
  const ending = new Ending(signal);
  try {
    for await (const line of requests.lines('POST /api/pair', { body: { host_id: hostId } }, { ending })) {
      if (line !== '') yield stepOf(requests.base, line);
    }
  } finally {
    ending.release();
  }
}

function stepOf(base: string, line: string): PairingStep {
  try {
    return JSON.parse(line);
  } catch {
    throw badReply(base, 'did not answer with JSON');
  }
}
