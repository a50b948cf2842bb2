import type { EnetMode } from './types.ts';

export interface ObservedMessage {
  from: 'client' | 'host';
  channel: number;
  mode: EnetMode;
  data: Buffer;
}

/** Reads one ENet connection from outside, from a recording that may start and end anywhere. */
export class EnetObserver {
  receive(_datagram: Buffer, _from: 'client' | 'host'): ObservedMessage[] {
    return [];
  }

  /** The recording is over: what still waits for a missing message, in order. */
  flush(): ObservedMessage[] {
    return [];
  }
}
