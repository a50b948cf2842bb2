/**
 * Whether a request with this `Origin` may change things. Programs send no Origin; browsers always do on upgrades and
 * changes of state, and then it must be the page we served, or one that the operator allows.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowedOrigins: readonly string[],
): boolean {
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  if (allowedOrigins.some((allowed) => URL.parse(allowed)?.origin === url.origin)) return true;
  // With the same scheme, so that a default port is left out on both sides.
  return host !== undefined && URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}
