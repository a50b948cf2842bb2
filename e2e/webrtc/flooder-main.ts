import type { Negotiation, ServerSignal } from '@moonshare/contract';
import { NativePeer } from '../../packages/streamer/webrtc/testing/native-peer.ts';
import { FLOODS, type FloodKind } from '../harness/flood/floods.ts';

/** The process of a Flooder. Ends with its parent. */

export type ToFlooder = { receive: ServerSignal } | { flood: FloodKind; ssrc: number; turns: number };
export type FromFlooder = { signal: Negotiation } | { failed: true };

/** Packets sent before the event loop gets a turn. */
const TURN = 200;

const peer = new NativePeer('flooder');
const post = (message: FromFlooder) => process.send?.(message, () => {});
peer.on('signal', (signal) => post({ signal }));
process.once('disconnect', () => process.exit(0));
process.on('message', (message: ToFlooder) => {
  if ('flood' in message) return void flood(message);
  try {
    peer.receive(message.receive);
  } catch {
    // It was closed meanwhile.
  }
});
peer.offer({ media: true });

async function flood({ flood: kind, ssrc, turns }: Extract<ToFlooder, { flood: FloodKind }>): Promise<void> {
  const channel = await peer.channel('mouse');
  const send = FLOODS[kind]({ peer, channel, ssrc });
  try {
    for (let sent = 0; sent < turns * TURN; ) {
      for (let once = 0; once < TURN; once += 1) if (send()) sent += 1;
      await new Promise(setImmediate);
    }
  } catch {
    post({ failed: true });
  }
}
