/** A name or address that leads to the machine itself, as settings and addresses write it. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || name === '[::1]' || /^127(\.\d+){3}$/.test(name);
}

/** For whoever gets a link that nobody else can open; null for one that others can. */
export function onlyHere(link: string): string | null {
  if (!isLoopback(new URL(link).hostname)) return null;
  return 'That address works on this machine only; for others, set MOONSHARE_PUBLIC_URL to the address that they use';
}
