import { isIP } from 'node:net';
import { isAllowedAddress } from '@moonshare/webrtc';

/** `candidate:foundation component transport priority address port typ type ...` (RFC 8839 §5.1). */
export interface Candidate {
  foundation: string;
  priority: number;
  address: string;
  port: number;
  type: string;
  rest: string;
}

const CANDIDATE = /^(?:a=)?candidate:(\S{1,32}) 1 udp (\d{1,10}) (\S{1,255}) (\d{1,5}) typ (\w{1,10})(.*)$/i;

/**
 * A browser's candidate in the form the library wants; null for the end mark, TCP, other components, names, and addresses that
 * a stranger must not make us send packets to. Names (mDNS) are dropped because each costs a thread and a query in the
 * library. This costs a browser nothing: its own checks reveal its address.
 */
export function usableCandidate(line: string, networks: readonly string[]): string | null {
  const candidate = parseLine(line);
  if (candidate === null || isIP(candidate.address) === 0 || !isAllowedAddress(candidate.address, networks))
    return null;
  if (candidate.port < 1 || candidate.port > 65_535) return null;
  return writeLine(candidate);
}

export function parseLine(line: string): Candidate | null {
  const [, foundation, priority, address, port, type, rest] = CANDIDATE.exec(line.trim()) ?? [];
  if (foundation === undefined || address === undefined || type === undefined) return null;
  return { foundation, priority: Number(priority), address, port: Number(port), type, rest: rest ?? '' };
}

export function writeLine({ foundation, priority, address, port, type, rest }: Candidate): string {
  return `candidate:${foundation} 1 UDP ${priority} ${address} ${port} typ ${type}${rest}`;
}
