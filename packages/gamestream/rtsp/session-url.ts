import { GameStreamError } from '../errors.ts';

/** `sessionUrl0` in its parts, protocol/1 §7.2. */
export interface SessionUrl {
  /** As the host sent it: the target of OPTIONS and DESCRIBE. */
  text: string;
  encrypted: boolean;
  /** For the `Host` header; IPv6 in brackets, with the interface if the host gave one. Not an address to connect to. */
  host: string;
  port: number;
}

/** Throws HOST_BAD_REPLY, or HOST_UNSUPPORTED for RTSP over UDP. */
export function parseSessionUrl(text: string): SessionUrl {
  const match =
    /^(rtsp|rtspenc|rtspru):\/\/(\[[0-9a-f:.]{2,45}(?:%[\w.~-]{1,64})?\]|[\w.-]{1,255}):(\d{1,5})\/?$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65535) {
    throw new GameStreamError('HOST_BAD_REPLY', 'The session URL of the host cannot be used');
  }
  const scheme = match[1]!.toLowerCase();
  if (scheme === 'rtspru') throw new GameStreamError('HOST_UNSUPPORTED', 'The host wants RTSP over UDP');
  return { text, encrypted: scheme === 'rtspenc', host: match[2]!, port };
}
