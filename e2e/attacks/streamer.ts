// The streamer that is attacked: an engine that sends 60 frames a second to all viewers but those that are attackers.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  Account,
  type Allowance,
  type Negotiation,
  type ServerSignal,
  VIEWER_ALLOWANCES,
  type ViewerSpending,
} from '@moonshare/contract';
import type { NegotiatedTransport } from '../../packages/streamer/viewer/transport.ts';
import { createWebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { picture } from '../../packages/streamer/webrtc/testing/joined-viewer.ts';
import { FORMAT } from '../../packages/streamer/webrtc/testing/playback.ts';

export type ToStreamer = { join: string } | { leave: string } | { id: string; signal: Negotiation } | { ask: true };
export type FromStreamer =
  | { port: number }
  | { id: string; signal: ServerSignal }
  | { id: string; closed: string }
  | { usage: StreamerUsage };

/** Since it was last asked. */
export interface StreamerUsage {
  cpuMs: number;
  /** Of the event loop: how late its timers were. */
  p99Ms: number;
  maxMs: number;
  residentBytes: number;
}

const FRAME_MS = 1000 / 60;
/** `without-refill`: what a viewer may do is all but used up for good, so that an attacker need not be fast. */
const isRefilled = process.argv[2] !== 'without-refill';
const names = Object.keys(VIEWER_ALLOWANCES) as ViewerSpending[];
const allowances = Object.fromEntries(
  names.map((name): [string, Allowance] => [
    name,
    isRefilled ? VIEWER_ALLOWANCES[name] : { ...VIEWER_ALLOWANCES[name], perSecond: 1e-6 },
  ]),
) as Record<ViewerSpending, Allowance>;

const engine = await createWebRtcEngine({
  iceServers: [],
  udpPort: 0,
  bindAddress: '127.0.0.1',
  maxViewers: 64,
  stack: 'native',
});
engine.setFormat(FORMAT);
const transports = new Map<string, NegotiatedTransport>();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let cpu = process.cpuUsage();
const post = (message: FromStreamer): void => void process.send!(message);

process.once('disconnect', () => process.exit(0));
process.on('message', (message: ToStreamer) => {
  if ('join' in message) join(message.join);
  else if ('leave' in message) transports.get(message.leave)?.close(null);
  else if ('signal' in message) transports.get(message.id)?.signal(message.signal);
  else report();
});
setInterval(() => void engine.sendVideo(picture(), [...transports.values()]), FRAME_MS);
post({ port: engine.port });

function join(id: string): void {
  const closed = (reason: string): void => {
    transports.delete(id);
    post({ id, closed: reason });
  };
  const transport = engine.addTransport({
    id,
    acceptsInput: () => false,
    account: new Account<ViewerSpending>(allowances, performance.now()),
    events: {
      signal: (signal) => post({ id, signal }),
      opened: () => {},
      connected: () => {},
      input: () => {},
      inputLost: () => {},
      keyFrameNeeded: () => {},
      frameDropped: () => {},
      silent: () => {},
      closed: (error) => closed(error?.code ?? 'left'),
    },
  });
  transports.set(id, transport);
}

function report(): void {
  const { user, system } = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  const usage: StreamerUsage = {
    cpuMs: (user + system) / 1000,
    p99Ms: delay.percentile(99) / 1e6,
    maxMs: delay.max / 1e6,
    residentBytes: process.memoryUsage.rss(),
  };
  delay.reset();
  post({ usage });
}
