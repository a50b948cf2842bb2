import { answer } from '../harness/child.ts';
import { SocketPeer } from './socket-peer.ts';

/** Many viewers on media sockets in one process. Ends with its parent. */

export interface ToSocketViewers {
  type: 'join';
  peerId: string;
  port: number;
  kind: 'plain' | 'TLS';
}

export interface FromSocketViewers {
  type: 'firstFrame';
  peerId: string;
  at: number;
}

/** What the viewers of a process have read since the last time. */
export interface Read {
  bytes: number;
  /** For each frame: its number, when the last viewer had read it, and how many have. */
  frames: [number: number, at: number, viewers: number][];
}

const peers: SocketPeer[] = [];
const frames = new Map<number, { at: number; viewers: number }>();

function join({ peerId, port, kind }: ToSocketViewers): void {
  let isFirst = true;
  const onFrame = (number: number, at: number) => {
    const viewers = (frames.get(number)?.viewers ?? 0) + 1;
    frames.set(number, { at, viewers });
    if (isFirst) process.send?.({ type: 'firstFrame', peerId, at } satisfies FromSocketViewers);
    isFirst = false;
  };
  peers.push(new SocketPeer({ peerId, port, kind, onFrame }));
}

function takeRead(): Read {
  const bytes = peers.reduce((sum, peer) => sum + peer.bytesReceived, 0);
  for (const peer of peers) peer.bytesReceived = 0;
  const read = [...frames].map(([number, { at, viewers }]): Read['frames'][number] => [number, at, viewers]);
  frames.clear();
  return { bytes, frames: read };
}

answer({ read: takeRead }, join);
process.once('disconnect', () => process.exit());
