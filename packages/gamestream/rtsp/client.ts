import type { RtspHandshakeOptions, RtspSession } from './types.ts';

export function rtspHandshake(_options: RtspHandshakeOptions): Promise<RtspSession> {
  throw new Error('not yet');
}
