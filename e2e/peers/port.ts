import { EventEmitter } from 'node:events';
import type { FromPeer, ToPeer } from './facts.ts';

interface PortEvents {
  message: [FromPeer];
  /** It has ended by itself. */
  ended: [why: string];
}

/** Messages to and from one viewer, whatever it is. */
export abstract class PeerPort extends EventEmitter<PortEvents> {
  abstract send(message: ToPeer): void;
  abstract close(): Promise<void>;
}
