import { GameStreamError } from '../errors.ts';
import { resolveHost } from '../http/resolve-host.ts';
import { isRemoteAddress } from './address.ts';
import { RtspCipher } from './cipher.ts';
import { rtspExchange } from './exchange.ts';
import { RtspHandshake } from './handshake.ts';
import { parseResponse, type RtspResponse } from './message.ts';
import { parseSessionUrl } from './session-url.ts';
import type { RtspHandshakeOptions, RtspSession } from './types.ts';

/**
 * The whole RTSP handshake over real sockets, protocol/1 §8. Must finish within 10 s of the launch, with that launch's keys.
 * Throws the errors of `rtspExchange`, `RtspHandshake` and `parseSessionUrl`; RTSP_FAILED for a reply that cannot be read.
 */
export async function rtspHandshake(options: RtspHandshakeOptions): Promise<RtspSession> {
  const { settings, serverInfo, keys, signal } = options;
  const url = parseSessionUrl(options.sessionUrl);
  // Resolved once, so that all seven connections and the announcement mean the same machine.
  const peerAddress = await resolveHost(options.address);
  const remote = options.remote ?? isRemoteAddress(peerAddress);
  const handshake = new RtspHandshake({ url, settings, serverInfo, peerAddress, remote });
  const cipher = url.encrypted ? new RtspCipher({ key: keys.key, role: 'client' }) : null;
  while (handshake.session === null) {
    const { method, bytes } = handshake.request();
    const reply = await rtspExchange({
      address: peerAddress,
      port: url.port,
      request: cipher ? cipher.seal(bytes) : bytes,
      encrypted: cipher !== null,
      hasBody: method === 'DESCRIBE',
      signal,
    }).catch((error) => {
      throw readable(error);
    });
    const progress = handshake.receive(open(reply, cipher));
    if (progress.setup) options.onSetup?.(progress.setup);
    if (progress.announced) options.onAnnounced?.();
  }
  return handshake.session;
}

function open(bytes: Buffer, cipher: RtspCipher | null): RtspResponse {
  try {
    const response = parseResponse(cipher ? cipher.open(bytes) : bytes);
    if (response === null) throw new GameStreamError('MALFORMED', 'An RTSP reply with an incomplete head');
    return response;
  } catch (error) {
    throw readable(error);
  }
}

/** To the caller, an unreadable reply is a failed handshake. */
function readable(error: unknown): unknown {
  if (!(error instanceof GameStreamError) || error.code !== 'MALFORMED') return error;
  return new GameStreamError('RTSP_FAILED', `The RTSP reply of the host cannot be read: ${error.message}`, {
    // Sunshine keeps a pending session, and its key, for 10 s, protocol/1 §9.
    hint: 'The host may still hold an earlier session: wait 10 seconds, then resume.',
    cause: error,
  });
}
