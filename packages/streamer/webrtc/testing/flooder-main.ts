import type { Negotiation, ServerSignal } from '@moonshare/contract';
import { FLOODS, type FloodKind } from './floods.ts';
import { NativePeer } from './native-peer.ts';

/** The process of a Flooder. Ends with its parent. */

export type ToFlooder = { receive: ServerSignal } | { flood: FloodKind; ssrc: number; turns: number };
export type FromFlooder = { signal: Negotiation } | { flooded: 'sent' | 'brokeOff' };

/** Sent before the connection is looked at again. */
const TURN = 200;

const peer = new NativePeer('flooder');
/** The library checks certificates too early when it is connected before its offer is answered (docs/webrtc.md). */
const unsent: Negotiation[] = [];
let isAnswered = false;
const tell = (message: FromFlooder) => process.send?.(message, () => {});
peer.on('signal', (signal) => {
  if (isAnswered || 'Description' in signal) tell({ signal });
  else unsent.push(signal);
});
process.once('disconnect', () => process.exit(0));
process.on('message', (message: ToFlooder) => {
  if ('flood' in message) return void flood(message);
  try {
    peer.receive(message.receive);
  } catch {
    // It was closed meanwhile.
  }
  isAnswered ||= JSON.stringify(message.receive).includes('"ty":"answer"');
  if (isAnswered) for (const signal of unsent.splice(0)) tell({ signal });
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
    tell({ flooded: 'brokeOff' });
    return;
  }
  tell({ flooded: 'sent' });
}
