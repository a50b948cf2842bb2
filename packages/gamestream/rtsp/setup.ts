import { GameStreamError } from '../errors.ts';
import { headerValue, type RtspHeader, type RtspResponse } from './message.ts';
import type { RtspSetup, RtspStream } from './types.ts';

/** protocol/1 §2. */
const DEFAULT_PORTS: Record<RtspStream, number> = { video: 47998, control: 47999, audio: 48000 };

/** The targets a client sends to set up each stream; Sunshine reads only the word. */
export const SETUP_TARGETS: Record<RtspStream, string> = {
  audio: 'streamid=audio/0/0',
  video: 'streamid=video/0/0',
  control: 'streamid=control/13/0',
};

export interface SetupReply extends RtspSetup {
  /** The id without its timeout; null if the host gave none. */
  sessionId: string | null;
  connectData: number;
}

/** Reads a SETUP reply in all its forms, protocol/1 §8.5: what is missing or invalid takes its default. */
export function parseSetupReply(stream: RtspStream, { headers }: RtspResponse): SetupReply {
  const transport = /server_port=(\d{1,5})(?!\d)/.exec(headerValue(headers, 'Transport') ?? '');
  const port = Number(transport?.[1] ?? 0);
  const payload = headerValue(headers, 'X-SS-Ping-Payload');
  const connectData = headerValue(headers, 'X-SS-Connect-Data') ?? '';
  const sessionId = headerValue(headers, 'Session')?.split(';', 1)[0]?.trim();
  return {
    stream,
    port: port > 0 && port < 65536 ? port : DEFAULT_PORTS[stream],
    pingPayload: payload !== null && /^[\x20-\x7e]{16}$/.test(payload) ? payload : null,
    connectData: /^\d{1,10}$/.test(connectData) ? Number(connectData) >>> 0 : 0,
    sessionId: sessionId !== undefined && /^[\x21-\x7e]{1,128}$/.test(sessionId) ? sessionId : null,
  };
}

/** The stream a SETUP target means: the word between the first `=` and the next `/`. Null for anything else. */
export function parseSetupTarget(target: string): RtspStream | null {
  const word = /^[^=]*=([^/]*)\//.exec(target)?.[1];
  return word === 'audio' || word === 'video' || word === 'control' ? word : null;
}

/** Headers of a SETUP reply after `CSeq`, as Sunshine sends them. Throws INVALID_ARGUMENT for a payload of another size. */
export function setupReplyHeaders(setup: { port: number; pingPayload?: string; connectData?: number }): RtspHeader[] {
  const headers: RtspHeader[] = [
    ['Session', 'DEADBEEFCAFE;timeout = 90'],
    ['Transport', `server_port=${setup.port}`],
  ];
  if (setup.pingPayload !== undefined) {
    if (setup.pingPayload.length !== 16)
      throw new GameStreamError('INVALID_ARGUMENT', 'A ping payload has 16 characters');
    headers.push(['X-SS-Ping-Payload', setup.pingPayload]);
  }
  if (setup.connectData !== undefined) headers.push(['X-SS-Connect-Data', String(setup.connectData)]);
  return headers;
}
