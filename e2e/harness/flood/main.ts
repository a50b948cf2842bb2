import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Negotiation, parseServerSignal } from '@moonshare/contract';
import type { WebSocket } from 'ws';
import { NativePeer } from '../../../packages/streamer/webrtc/testing/native-peer.ts';
import { LinkConnector } from '../../chaos/viewers/connector.ts';
import { FLOODS, type FloodKind } from './floods.ts';

/** A hostile viewer: floods as soon as it is connected, and returns when it is disconnected. Ends with its parent. */

export interface FlooderStart {
  server: string;
  streamerId: string;
  /** Its token. */
  link: string;
  kind: FloodKind;
}
/** How often it began to flood, and why its sockets closed. */
export interface FlooderReport {
  floods: number;
  closeReasons: string[];
}

const TURN = 200;
const AGAIN_MS = 200;
const BEGIN_MS = 8_000;
const report: FlooderReport = { floods: 0, closeReasons: [] };

process.once('disconnect', () => process.exit(0));
yieldProcessor();
process.once('message', (start: FlooderStart) => void run(start));

/** An attacker's processor is elsewhere: it floods ours with packets, not with work of its own. */
function yieldProcessor(): void {
  setPriority(constants.priority.PRIORITY_LOW);
  // Linux weighs sessions against each other first.
  if (process.platform === 'linux') writeFileSync('/proc/self/autogroup', String(constants.priority.PRIORITY_LOW));
}

async function run({ server, streamerId, link, kind }: FlooderStart): Promise<void> {
  const connector = new LinkConnector(server, streamerId, link);
  for (;;) {
    try {
      report.closeReasons.push(await visit(await connector.connect(), kind));
    } catch (error) {
      report.closeReasons.push((error as Error).message);
    }
    process.send?.(report, () => {});
    await delay(AGAIN_MS);
  }
}

/** Resolves with the reason why its socket was closed. */
function visit(socket: WebSocket, kind: FloodKind): Promise<string> {
  const peer = new NativePeer('flooder');
  const send = (message: Negotiation) => socket.send(JSON.stringify({ Signaling: message }), () => {});
  let ssrc = 0;
  peer.on('signal', send);
  // On a busy machine a channel of the library now and then never opens.
  const givenUp = setTimeout(() => socket.close(), BEGIN_MS);
  peer.once('open', () => void flood(peer, kind, ssrc, () => clearTimeout(givenUp)));
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const signal = parseServerSignal(String(data));
      if (signal === null || typeof signal !== 'object') return;
      if ('WebRtcConfig' in signal) return void peer.offer({ media: true });
      if (!('Signaling' in signal)) return;
      ssrc ||= Number(/a=ssrc:(\d+) msid:moonshare video/.exec(String(JSON.stringify(signal)))?.[1] ?? 0);
      try {
        peer.receive(signal);
      } catch {
        // It was closed meanwhile.
      }
    });
    socket.on('error', () => {});
    socket.on('close', (code, reason) => {
      clearTimeout(givenUp);
      peer.close();
      resolve(reason.length > 0 ? String(reason) : `closed ${code}`);
    });
  });
}

async function flood(peer: NativePeer, kind: FloodKind, ssrc: number, begins: () => void): Promise<void> {
  try {
    const channel = await peer.channel('mouse');
    const send = FLOODS[kind]({ peer, channel, ssrc });
    begins();
    report.floods += 1;
    for (;;) {
      for (let once = 0; once < TURN; once += 1) send();
      await new Promise(setImmediate);
    }
  } catch {
    // The other side has closed it.
  }
}
