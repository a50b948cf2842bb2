/** Parameters of a request by lower-case name, protocol/1 §3.1. */
export type QueryParameters = ReadonlyMap<string, string>;

/** The longest query of the protocol is phase 1 of pairing, 2.2 kB. */
const MAX_QUERY = 16 * 1024;

/**
 * Reads path and query of a request target. Names are case-insensitive, the first of a name wins,
 * `+` is a space. Null for what no client sends: too long, or broken percent encoding.
 */
export function parseQuery(target: string): { path: string; parameters: QueryParameters } | null {
  if (target.length > MAX_QUERY) return null;
  const [path, query = ''] = split(target, '?');
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [name, value = ''] = split(pair, '=').map(decode);
    if (name === undefined || name === null || value === null) return null;
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, value);
  }
  return { path: path!, parameters };
}

/** A request target with the parameters in the given order. */
export function buildTarget(path: string, parameters: [name: string, value: string][]): string {
  return `${path}?${parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

function split(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
