import { createHash } from 'node:crypto';
import { canonicalAddress, type Endpoint } from '../address.ts';

export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

/** An address of ours that the peer may try. */
export interface LocalCandidate {
  protocol: 'udp' | 'tcp';
  type: 'host' | 'srflx';
  /** What the peer is told: an address, or a name. */
  address: string;
  port: number;
  /** Where what is sent there arrives, and what it is answered from: an address of this machine. */
  base: Endpoint;
  /** u32. */
  priority: number;
}

/** An address of the peer's that we may try: UDP only, since browsers do not listen on TCP. */
export interface RemoteCandidate extends Endpoint {
  type: CandidateType;
  /** u32. */
  priority: number;
  /** Whose it is, if it says so. */
  ufrag: string | null;
}

/** RFC 8445 §5.1.2.2; TCP is worse than any UDP but a relay (RFC 6544 §4.2). */
const TYPE_PREFERENCE = {
  udp: { host: 126, prflx: 110, srflx: 100 },
  tcp: { host: 90, prflx: 80, srflx: 70 },
};
/** The direction preference of passive candidates comes above 13 bits of other preference (RFC 6544 §4.2). */
const PASSIVE = { host: 4, prflx: 2, srflx: 2 };
const MAX_LINE = 512;

const LINE =
  /^(?:a=)?candidate:\S{1,32} 1 udp (\d{1,10}) (\S{1,64}) (\d{1,5}) typ (host|srflx|prflx|relay)((?: \S+)*)$/i;

/** `preference`: of this address among ours, 0 (worst) to 8191. */
export function candidatePriority(
  protocol: 'udp' | 'tcp',
  type: 'host' | 'srflx' | 'prflx',
  preference: number,
): number {
  const local = protocol === 'udp' ? preference << 3 : (PASSIVE[type] << 13) | preference;
  return TYPE_PREFERENCE[protocol][type] * 2 ** 24 + local * 2 ** 8 + 255;
}

export interface HostCandidateOptions {
  /** Of this machine, best first. */
  addresses: readonly string[];
  port: number;
  /** Announced instead of the addresses of its family (a NAT that keeps ports), and instead of all if it is a name. */
  publicAddress?: string;
  /** Also listens on TCP, at the same port. */
  tcp?: boolean;
}

/** Candidates for the addresses of this machine. Link-local addresses are left out: they mean nothing without a zone. */
export function hostCandidates({ addresses, port, publicAddress, tcp }: HostCandidateOptions): LocalCandidate[] {
  const bases = addresses.flatMap((text) => canonicalAddress(text) ?? []).filter((address) => !isLinkLocal(address));
  const all = (['udp', ...(tcp === true ? (['tcp'] as const) : [])] as const).flatMap((protocol) =>
    bases.flatMap((address, i): LocalCandidate[] => {
      const announced = announcedAs(address, publicAddress);
      if (announced === null) return [];
      const preference = isLoopback(address) ? 0 : Math.max(1, 8191 - i);
      const priority = candidatePriority(protocol, 'host', preference);
      return [{ protocol, type: 'host', address: announced, port, base: { address, port }, priority }];
    }),
  );
  return all;
}

/** Null: not at all. A page on this machine gets through on loopback, whatever the address elsewhere. */
function announcedAs(address: string, publicAddress: string | undefined): string | null {
  if (publicAddress === undefined || isLoopback(address)) return address;
  const canonical = canonicalAddress(publicAddress);
  if (canonical === null) return publicAddress;
  return canonical.includes(':') === address.includes(':') ? canonical : null;
}

/** Each line once: behind a public address several of ours are the same. */
export function candidateLines(candidates: readonly LocalCandidate[]): string[] {
  const seen = new Set<string>();
  return candidates.flatMap((candidate) => {
    const key = `${candidate.protocol} ${candidate.type} ${candidate.address} ${candidate.port}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [candidateLine(candidate)];
  });
}

/** `candidate:...` as RFC 8839 §5.1 has it. Addresses that others are behind are not given away. */
function candidateLine({ protocol, type, address, port, base, priority }: LocalCandidate): string {
  const foundation = createHash('sha256').update(`${protocol} ${type} ${base.address}`).digest('hex').slice(0, 8);
  const related = type === 'host' ? '' : ` raddr ${base.address.includes(':') ? '::' : '0.0.0.0'} rport 0`;
  const direction = protocol === 'tcp' ? ' tcptype passive' : '';
  return `candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}${related}${direction}`;
}

/** Null: the end mark, TCP, another component, a name (`.local` costs a query; the peer's own checks show its address), or garbage. */
export function parseCandidate(line: string): RemoteCandidate | null {
  if (line.length > MAX_LINE) return null;
  const [, priority, text, port, type, rest] = LINE.exec(line.trim()) ?? [];
  if (text === undefined) return null;
  const address = canonicalAddress(text);
  if (address === null || Number(port) < 1 || Number(port) > 65_535 || Number(priority) > 0xffff_ffff) return null;
  return {
    type: type!.toLowerCase() as CandidateType,
    address,
    port: Number(port),
    priority: Number(priority),
    ufrag: / ufrag (\S+)/.exec(rest!)?.[1] ?? null,
  };
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** Of IPv6: `fe80::/10`; of IPv4: `169.254.0.0/16`. */
function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab][\da-f]:/.test(address);
}

/** Whether a packet can get from one address to the other at all. */
export function canReach(local: string, remote: string): boolean {
  return local.includes(':') === remote.includes(':') && isLoopback(local) === isLoopback(remote);
}
