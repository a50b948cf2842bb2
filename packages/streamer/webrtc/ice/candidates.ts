import { isIP } from 'node:net';
import { isAllowedAddress } from './allowed-addresses.ts';

/** `candidate:foundation component transport priority address port typ type ...` (RFC 8839 §5.1). */
interface Candidate {
  foundation: string;
  priority: number;
  address: string;
  port: number;
  type: string;
  rest: string;
}

const CANDIDATE = /^(?:a=)?candidate:(\S{1,32}) 1 udp (\d{1,10}) (\S{1,255}) (\d{1,5}) typ (\w{1,10})(.*)$/i;

/** Below every interface's address, above reflexive ones: host candidates have the type preference 126. */
const LOOPBACK_PRIORITY = 126 * 2 ** 24 + 2 ** 8 + 255;

/**
 * A browser's candidate in the form the library wants; null for the end mark, TCP, other components, names, and addresses that
 * a stranger must not make us send packets to. Names (mDNS) are dropped because each costs a thread and a query in the
 * library. This costs a browser nothing: its own checks reveal its address.
 */
export function usableCandidate(line: string, networks: readonly string[]): string | null {
  const candidate = parse(line);
  if (candidate === null || isIP(candidate.address) === 0 || !isAllowedAddress(candidate.address, networks))
    return null;
  if (candidate.port < 1 || candidate.port > 65_535) return null;
  return write(candidate);
}

/** How local addresses are announced. */
export interface Announcement {
  /** Of the shared UDP socket. */
  port: number;
  /** Announced instead of the interfaces' addresses. */
  publicAddress: string | undefined;
  /** The socket receives on every address, including loopback. */
  anyAddress: boolean;
}

/** The candidates of one connection, for its browser. */
export class CandidateAnnouncer {
  readonly #announcement: Announcement;
  readonly #sent = new Set<string>();

  constructor(announcement: Announcement) {
    this.#announcement = announcement;
  }

  /** Candidates the library does not produce. A page on this machine gets through on loopback, whatever interfaces exist. */
  first(): string[] {
    const { anyAddress, port } = this.#announcement;
    if (!anyAddress) return [];
    return this.#fresh({
      foundation: 'loopback',
      priority: LOOPBACK_PRIORITY,
      address: '127.0.0.1',
      port,
      type: 'host',
      rest: '',
    });
  }

  /** What to announce for a candidate from the library. */
  translate(line: string): string[] {
    const candidate = parse(line);
    if (candidate === null) return [];
    const { publicAddress } = this.#announcement;
    if (publicAddress === undefined || candidate.type !== 'host') return this.#fresh(candidate);
    // NAT 1:1 keeps the port. An address of the other family has no equivalent there.
    const family = isIP(publicAddress);
    if (family !== 0 && family !== isIP(candidate.address)) return [];
    return this.#fresh({ ...candidate, address: publicAddress });
  }

  #fresh(candidate: Candidate): string[] {
    const key = `${candidate.type} ${candidate.address} ${candidate.port}`;
    if (this.#sent.has(key)) return [];
    this.#sent.add(key);
    return [write(candidate)];
  }
}

function parse(line: string): Candidate | null {
  const [, foundation, priority, address, port, type, rest] = CANDIDATE.exec(line.trim()) ?? [];
  if (foundation === undefined || address === undefined || type === undefined) return null;
  return { foundation, priority: Number(priority), address, port: Number(port), type, rest: rest ?? '' };
}

function write({ foundation, priority, address, port, type, rest }: Candidate): string {
  return `candidate:${foundation} 1 UDP ${priority} ${address} ${port} typ ${type}${rest}`;
}
