import { encodeInput } from '@moonshare/contract';
import type { DataChannel } from 'node-datachannel';
import { nack, pli } from './joined-viewer.ts';
import type { NativePeer } from './native-peer.ts';

export type FloodKind = 'plis' | 'nacks' | 'messages' | 'large messages' | 'channels';

interface Means {
  peer: NativePeer;
  channel: DataChannel;
  /** Of the picture. */
  ssrc: number;
}

const PLIS_IN_A_PACKET = 95;
const NACKS_IN_A_PACKET = 70;
const MOST_CHANNELS = 1000;
/** Messages that wait in the sender would be its own memory only. */
const MOST_BUFFERED = 1024 * 1024;

/** What a viewer that means harm can send, as fast as it can. Each makes the function that sends one, and says whether it did. */
export const FLOODS: Record<FloodKind, (means: Means) => () => boolean> = {
  plis: ({ peer, ssrc }) => repeated(peer, pli(ssrc), PLIS_IN_A_PACKET),
  nacks: ({ peer, ssrc }) => repeated(peer, nack(ssrc, 0), NACKS_IN_A_PACKET),
  messages: ({ channel }) => said(channel, Buffer.from(encodeInput({ kind: 'mouseMove', dx: 1, dy: 0 }).data)),
  'large messages': ({ channel }) => said(channel, Buffer.alloc(60_000)),
  channels: ({ peer }) => {
    let made = 0;
    return () => {
      if (made === MOST_CHANNELS) return false;
      made += 1;
      peer.native.createDataChannel(`flood ${made}`).onClosed(() => {});
      return true;
    };
  },
};

function repeated(peer: NativePeer, part: Buffer, times: number): () => boolean {
  const packet = Buffer.concat(Array.from({ length: times }, () => part));
  return () => {
    peer.sendRtcp(packet);
    return true;
  };
}

function said(channel: DataChannel, message: Buffer): () => boolean {
  return () => channel.bufferedAmount() < MOST_BUFFERED && channel.sendMessageBinary(message);
}
