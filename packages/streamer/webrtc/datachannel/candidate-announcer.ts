import { isIP } from 'node:net';
import { type Candidate, parseLine, writeLine } from '../ice/candidates.ts';

/** Below every interface's address, above reflexive ones: host candidates have the type preference 126. */
const LOOPBACK_PRIORITY = 126 * 2 ** 24 + 2 ** 8 + 255;

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
    const candidate = parseLine(line);
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
    return [writeLine(candidate)];
  }
}
