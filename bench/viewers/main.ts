import { encodeInput, type Negotiation, type ServerSignal } from '@moonshare/contract';
import { answer } from '../harness/child.ts';
import { BenchPeer } from './peer.ts';

/** Many viewers in one process, on a different WebRTC implementation from browsers'. Ends with its parent. */

export type ToViewers =
  | { type: 'join'; peerId: string; watched: boolean }
  | { type: 'signal'; peerId: string; message: ServerSignal }
  /** Presses and releases a key: `count` events, `everyMs` apart; answered by `typed` when done. */
  | { type: 'type'; peerId: string; count: number; everyMs: number };

export type FromViewers =
  | { type: 'signal'; peerId: string; message: Negotiation }
  /** When each message was sent. */
  | { type: 'typed'; at: number[] };

const KEY_A = 0x41;

const peers = new Map<string, BenchPeer>();
const tell = (message: FromViewers) => process.send?.(message);

function typeKeys({ peerId, count, everyMs }: Extract<ToViewers, { type: 'type' }>): void {
  const peer = peers.get(peerId)!;
  const at: number[] = [];
  const timer = setInterval(() => {
    const down = at.length % 2 === 0;
    at.push(peer.type(encodeInput({ kind: 'key', down, modifiers: 0, virtualKey: KEY_A }).data));
    if (at.length < count) return;
    clearInterval(timer);
    tell({ type: 'typed', at });
  }, everyMs);
}

function receive(message: ToViewers): void {
  const { peerId } = message;
  if (message.type === 'join') {
    const signal = (negotiation: Negotiation) => tell({ type: 'signal', peerId, message: negotiation });
    peers.set(peerId, new BenchPeer(peerId, message.watched, signal));
  } else if (message.type === 'signal') peers.get(peerId)?.receive(message.message);
  else typeKeys(message);
}

answer({ framesReceived: () => [...peers.values()].map((peer) => peer.takeFramesReceived()) }, receive);
process.once('disconnect', () => process.exit());
