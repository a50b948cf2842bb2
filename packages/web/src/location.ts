// Only a type: schemas would make the entry too large, and need the client's settings for a strict content policy first.
import type { TransportChoice } from '@moonshare/contract';

const CHOICES: readonly TransportChoice[] = ['auto', 'webrtc', 'websocket'];

/** A stream's address: the server's base, the streamer, and the rest in the fragment, which never leaves the browser. */
export interface StreamAddress {
  base: URL;
  streamerId: string;
  token: string | null;
  /** `&sound=stereo`: no surround, even if the host sends it. */
  stereo: boolean;
  /** `?transport=`: the transport for picture and sound. */
  transport: TransportChoice;
}

/** `{base}s/{id}?transport=websocket#token=...&sound=stereo`, or `embed/` instead of `s/`; null for any other address. */
export function parseStreamAddress(address: string | URL): StreamAddress | null {
  let url: URL;
  let streamerId: string;
  try {
    url = new URL(address);
    const match = /\/(?:s|embed)\/([^/]+)$/.exec(url.pathname);
    streamerId = decodeURIComponent(match?.[1] ?? '');
  } catch {
    return null;
  }
  if (streamerId === '' || !/^https?:$/.test(url.protocol)) return null;
  const fragment = new URLSearchParams(url.hash.replace(/^#/, ''));
  return {
    base: new URL('../', url.origin + url.pathname),
    streamerId,
    token: fragment.get('token') || null,
    stereo: fragment.get('sound') === 'stereo',
    transport: CHOICES.find((choice) => choice === url.searchParams.get('transport')) ?? 'auto',
  };
}

/** What someone types on the home page: a whole link, or just the ID. null if it is neither. */
export function streamLink(typed: string, base: URL): URL | null {
  const text = typed.trim();
  if (/^[\w.:@-]{1,128}$/.test(text) && !/^https?:/.test(text)) return new URL(`s/${encodeURIComponent(text)}`, base);
  return parseStreamAddress(text) === null ? null : new URL(text);
}

/** `{base}embed/{id}`: the picture alone. */
export function isEmbedAddress(address: URL): boolean {
  return /\/embed\/[^/]+$/.test(address.pathname);
}

/** `{base}vouch#voucher=...`: the voucher, empty if it is missing; null for any other address. */
export function parseVoucherAddress(address: URL, base: URL): string | null {
  if (address.pathname !== new URL('vouch', base).pathname) return null;
  return new URLSearchParams(address.hash.replace(/^#/, '')).get('voucher') ?? '';
}

/** `{base}admin`, with or without a trailing slash. */
export function isAdminAddress(address: URL, base: URL): boolean {
  return address.pathname.replace(/\/$/, '') === new URL('admin', base).pathname;
}
