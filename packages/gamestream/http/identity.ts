import type { ClientIdentity } from './types.ts';

export function createClientIdentity(): Promise<ClientIdentity> {
  throw new Error('not yet');
}

export function createHostIdentity(_commonName: string): Promise<ClientIdentity> {
  throw new Error('not yet');
}
