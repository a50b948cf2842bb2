import { randomBytes, randomUUID } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { HostClient, readReply } from './host-client.ts';
import { httpGet, UnansweredError } from './http-get.ts';
import { PairingClient, type PairingRequest } from './pairing-client.ts';
import { buildTarget } from './query.ts';
import { DEFAULT_HTTP_PORT } from './server-info.ts';
import type { ClientIdentity } from './types.ts';
import { MAX_XML_BYTES, type XmlReply } from './xml.ts';

/** Hosts close after 300 s without a PIN; a client must not give up first, protocol/1 §5.3, §9. */
const PIN_TIMEOUT_MS = 330_000;
/** A host that closes sooner than this did not wait for a person. */
const MIN_PATIENCE_MS = 60_000;
const PHASE_TIMEOUT_MS = 15_000;
const FORGET_TIMEOUT_MS = 3_000;

export interface PairOptions {
  address: string;
  httpPort?: number;
  identity: ClientIdentity;
  /** Four digits, to be entered at the host while this runs. */
  pin: string;
  deviceName?: string;
  signal?: AbortSignal;
}

/**
 * Pairs with a host, protocol/1 §5. Takes as long as the person who enters the PIN (at most 300 s); store the host certificate
 * it returns as the pin. Pairing the same identity twice stores it twice on the host, so check
 * `serverInfo().paired` first. Throws the PAIRING_ codes, HOST_ codes, or the signal's reason.
 */
export async function pair(options: PairOptions): Promise<{ hostCertificate: string }> {
  const { address, httpPort = DEFAULT_HTTP_PORT, identity, pin, signal } = options;
  const info = await new HostClient({ address, httpPort }).serverInfo(signal ? { signal } : {});
  // New for each attempt: hosts mix up attempts that share one.
  const uniqueId = randomBytes(8).toString('hex').toUpperCase();
  const client = new PairingClient({ identity, pin, random: randomBytes });

  const send = async (
    request: PairingRequest,
    timeoutMs: number,
    abort: AbortSignal | undefined,
  ): Promise<XmlReply> => {
    const target = buildTarget('/pair', [
      ['uniqueid', uniqueId],
      ['uuid', randomUUID()],
      ['devicename', options.deviceName ?? 'roth'],
      ['updateState', '1'],
      ...request.parameters,
    ]);
    const get = { address, target, timeoutMs, maxBytes: MAX_XML_BYTES, signal: abort };
    if (request.phase < 5) return readReply(await httpGet({ ...get, port: httpPort }));
    const tls = { identity, hostCertificate: client.hostCertificate };
    return readReply(await httpGet({ ...get, port: info.httpsPort, tls }));
  };

  const began = performance.now();
  let request: PairingRequest | null = client.begin();
  try {
    while (request !== null) {
      const timeoutMs = request.phase === 1 ? PIN_TIMEOUT_MS : PHASE_TIMEOUT_MS;
      request = client.receive(await send(request, timeoutMs, signal));
    }
  } catch (error) {
    const phase = request?.phase ?? 5;
    if (phase === 2 || phase === 3 || (phase === 1 && signal?.aborted)) {
      // Hosts keep an attempt whose client has gone, and may give it the next PIN. Best effort: the pairing has failed already.
      await send(PairingClient.forget(), FORGET_TIMEOUT_MS, undefined).catch(() => undefined);
    }
    if (phase !== 1 || !(error instanceof UnansweredError)) throw error;
    if (performance.now() - began < MIN_PATIENCE_MS) {
      throw new GameStreamError('PAIRING_REJECTED', 'The host ended the pairing before a PIN was typed', {
        hint: 'Start the pairing again. If it fails again, restart the host software.',
        cause: error,
      });
    }
    throw new GameStreamError('PAIRING_TIMED_OUT', 'The host ended the pairing: the PIN was not typed in time', {
      hint: 'Start the pairing again and type the PIN into the host within five minutes.',
      cause: error,
    });
  }
  return { hostCertificate: client.hostCertificate };
}
