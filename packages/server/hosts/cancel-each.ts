import { MoonshareError } from '@moonshare/contract';
import type { ClientIdentity } from '@moonshare/gamestream';
import type { CertificateCheck } from './certificate-check.ts';
import type { GameStreamApi } from './gamestream-api.ts';

const QUERY_TIMEOUT_MS = 2_000;

interface Certificate {
  id: number;
  identity: ClientIdentity;
}

/**
 * Ends what is running on one host for each of these client certificates: on some hosts one cancel ends everything, on others only
 * its own app. `ended` is called for each certificate that has nothing running in the end. Resolves to how many still do. Throws the
 * errors of an unreachable host, and HOST_NOT_PAIRED if it accepts none of them.
 */
export async function cancelEach(
  certificates: readonly Certificate[],
  options: {
    check: CertificateCheck;
    connect(identity: ClientIdentity): ReturnType<GameStreamApi['connect']>;
    signal: AbortSignal;
    ended(id: number): void;
  },
): Promise<number> {
  const { check, connect, signal } = options;
  const gameOf = (certificate: Certificate) =>
    check.with(certificate, async (identity) => {
      return (await connect(identity).pairedServerInfo({ timeoutMs: QUERY_TIMEOUT_MS, signal })).currentGame;
    });
  const taken: Certificate[] = [];
  let refusal: unknown = new MoonshareError('HOST_NOT_PAIRED');
  for (const certificate of certificates) {
    const answer = await gameOf(certificate);
    if ('refusal' in answer) {
      refusal = answer.refusal;
      continue;
    }
    taken.push(certificate);
    if (answer.value !== 0) await connect(certificate.identity).cancel({ signal }).catch(keepsIt);
  }
  if (taken.length === 0) throw refusal;
  let remaining = 0;
  for (const certificate of taken) {
    const answer = await gameOf(certificate);
    if ('value' in answer && answer.value === 0) options.ended(certificate.id);
    else remaining += 1;
  }
  return remaining;
}

/** A host that refuses leaves the app running, which shows afterwards. */
function keepsIt(error: unknown): void {
  const { code } = MoonshareError.from(error);
  if (code !== 'HOST_REFUSED' && code !== 'HOST_BUSY') throw error;
}
