export const SESSION_COOKIE = 'moonshare_session';

/** The value of a cookie in a `Cookie` header; null if it is missing, or occurs twice because someone planted one. */
export function readCookie(header: string | undefined, name: string): string | null {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 && values[0] !== '' ? values[0]! : null;
}

/** `Set-Cookie` for a cookie that only this server reads; `maxAgeSeconds` 0 removes it. */
export function serverCookie(
  name: string,
  value: string,
  options: { path: string; secure: boolean; maxAgeSeconds: number },
): string {
  const parts = [
    `${name}=${value}`,
    `Path=${options.path}`,
    `Max-Age=${options.maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Strict',
  ];
  return [...parts, ...(options.secure ? ['Secure'] : [])].join('; ');
}
