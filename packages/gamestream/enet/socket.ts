import { EventEmitter } from 'node:events';
import { GameStreamError } from '../errors.ts';
import type { EnetPeerStats } from './host.ts';
import type { EnetEvent, EnetMode } from './types.ts';

type EventOf<T extends EnetEvent['type']> = Extract<EnetEvent, { type: T }>;

/** An EnetHost on a UDP socket with one timer. Add listeners before `bind` or `connect`. */
export class EnetSocket extends EventEmitter<{
  connected: [EventOf<'connected'>];
  message: [EventOf<'message'>];
  disconnected: [EventOf<'disconnected'>];
}> {
  constructor(_o: { slots: number; channelLimit?: number }) {
    super();
  }

  /** Opens the socket; port 0 takes any free one. Errors: INVALID_ARGUMENT when the address cannot be bound. */
  async bind(_o: { address?: string; port?: number } = {}): Promise<{ address: string; port: number }> {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  /** Connects and gives the peer number. Binds if that was not done. Errors: CONTROL_FAILED. */
  async connect(_o: {
    address: string;
    port: number;
    channels?: number;
    data?: number;
    signal?: AbortSignal;
  }): Promise<number> {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  /** Errors: NOT_CONNECTED, INVALID_ARGUMENT. */
  send(_peer: number, _channel: number, _data: Buffer, _mode: EnetMode): void {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  /** Ends when the peer is gone: at once for `unsequenced`, within 2 s for `reliable`. */
  async disconnect(_peer: number, _how: 'reliable' | 'unsequenced', _data = 0): Promise<void> {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  stats(_peer: number): EnetPeerStats | null {
    return null;
  }

  /** Closes the socket without a word to the peers. */
  async close(): Promise<void> {}
}
