import type { ClientIdentity } from './types.ts';

export interface PairOptions {
  address: string;
  httpPort?: number;
  identity: ClientIdentity;
  /** Four digits, to be typed into the host. */
  pin: string;
  deviceName?: string;
  signal?: AbortSignal;
}

export function pair(_options: PairOptions): Promise<{ hostCertificate: string }> {
  throw new Error('not yet');
}
