import { encodeInput } from '@moonshare/contract';
import type { DataChannel } from 'node-datachannel';
import { nack, pli } from '../../../packages/streamer/webrtc/testing/joined-viewer.ts';
import type { NativePeer } from '../../../packages/streamer/webrtc/testing/native-peer.ts';

export type FloodKind = 'plis' | 'nacks' | 'messages' | 'large messages' | 'channels';

interface FloodTarget {
  peer: NativePeer;
  channel: DataChannel;
  /** Of the video. */
  ssrc: number;
}

const PLIS_IN_A_PACKET = 95;
const NACKS_IN_A_PACKET = 70;
const MAX_CHANNELS = 1000;
/** Messages waiting in the sender would only fill its own memory. */
const MAX_BUFFERED = 1024 * 1024;

/** What a malicious viewer can send. Each entry makes a function that sends one and returns whether it did. */
export const FLOODS: Record<FloodKind, (target: FloodTarget) => () => boolean> = {
  plis: ({ peer, ssrc }) => repeating(peer, pli(ssrc), PLIS_IN_A_PACKET),
  nacks: ({ peer, ssrc }) => repeating(peer, nack(ssrc, 0), NACKS_IN_A_PACKET),
  messages: ({ channel }) => sending(channel, Buffer.from(encodeInput({ kind: 'mouseMove', dx: 1, dy: 0 }).data)),
  'large messages': ({ channel }) => sending(channel, Buffer.alloc(60_000)),
  channels: ({ peer }) => {
    let made = 0;
    return () => {
      if (made === MAX_CHANNELS) return false;
      made += 1;
      peer.native.createDataChannel(`flood ${made}`).onClosed(() => {});
      return true;
    };
  },
};

function repeating(peer: NativePeer, part: Buffer, times: number): () => boolean {
  const packet = Buffer.concat(Array.from({ length: times }, () => part));
  return () => {
    peer.sendRtcp(packet);
    return true;
  };
}

function sending(channel: DataChannel, message: Buffer): () => boolean {
  return () => channel.bufferedAmount() < MAX_BUFFERED && channel.sendMessageBinary(message);
}
