/** What a stream's address says: the server's base, the streamer, and in the fragment, which never leaves the browser, the rest. */
export interface StreamAddress {
  base: URL;
  streamerId: string;
  token: string | null;
  /** `&sound=stereo`: no surround, also where the host sends it. */
  stereo: boolean;
}

/** `{base}s/{id}#token=...&sound=stereo`; null if it is no such address. */
export function parseStreamAddress(address: string | URL): StreamAddress | null {
  let url: URL;
  let streamerId: string;
  try {
    url = new URL(address);
    const match = /\/s\/([^/]+)$/.exec(url.pathname);
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
  };
}

/** What somebody types on the first page: a whole link, or the id alone. null if it is neither. */
export function streamLink(typed: string, base: URL): URL | null {
  const text = typed.trim();
  if (/^[\w.:@-]{1,128}$/.test(text) && !/^https?:/.test(text)) return new URL(`s/${encodeURIComponent(text)}`, base);
  return parseStreamAddress(text) === null ? null : new URL(text);
}

/** `{base}admin`, with or without a slash behind it. */
export function isAdminAddress(address: URL, base: URL): boolean {
  return address.pathname.replace(/\/$/, '') === new URL('admin', base).pathname;
}
