/** A name or address of the machine itself, as written in settings and URLs. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || name === '[::1]' || /^127(\.\d+){3}$/.test(name);
}

/** A hint for a link that nobody else can open; null for one that others can open. */
export function onlyHere(link: string): string | null {
  if (!isLoopback(new URL(link).hostname)) return null;
  return 'That address works on this machine only; for others, set MOONSHARE_PUBLIC_URL to the address that they use';
}
