/** The page needs its own scripts, styles and sockets, and nothing from elsewhere. */
const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  // A link's token is in the fragment, which no Referer contains; the rest of the URL should not leak either.
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** The policy of a page that pages of these origins may have in a frame. */
export function embeddablePolicy(origins: readonly string[]): string {
  const ancestors = ["'self'", ...origins.map((origin) => new URL(origin).origin)].join(' ');
  return SECURITY_HEADERS['content-security-policy'].replace("frame-ancestors 'self'", `frame-ancestors ${ancestors}`);
}

/** For a year and only for this name: other names of the domain are not ours to decide. */
const HSTS = { 'strict-transport-security': 'max-age=31536000' };

/** The headers of every answer. HSTS only if we serve TLS ourselves; otherwise it is up to the proxy. */
export function securityHeaders({ tls }: { tls: boolean }): Readonly<Record<string, string>> {
  return { ...SECURITY_HEADERS, ...(tls ? HSTS : {}) };
}
