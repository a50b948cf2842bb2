// A fake streamer in a process, as forked by the server.
import { appendFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type FromStreamer, HEARTBEAT_MS, toStreamerSchema } from '@moonshare/contract';
import { FakeStreamer } from './fake-streamer.ts';
import { MultiplexedEnd } from './multiplexed-end.ts';

const { FAKE_STREAMER_LOG } = process.env;
const send = (message: FromStreamer) => process.send?.(message);
const streamer = new FakeStreamer({ send, exit: (code) => process.exit(code) });

let multiplexed: MultiplexedEnd | null = null;

process.on('message', (raw, handle: Socket | undefined) => {
  const message = toStreamerSchema.parse(raw);
  if (FAKE_STREAMER_LOG) appendFileSync(FAKE_STREAMER_LOG, `${JSON.stringify({ pid: process.pid, message })}\n`);
  if (message.type !== 'mediaSocket' || message.stream === undefined) return streamer.receive(message, handle);
  multiplexed ??= new MultiplexedEnd();
  streamer.receive(message, multiplexed.open(message.stream));
});
process.on('disconnect', () => process.exit(0));
const beat = (memoryBytes: number) => send({ type: 'heartbeat', memoryBytes });
setInterval(() => beat(process.memoryUsage.rss()), HEARTBEAT_MS);
// Reports that it has grown too large.
process.on('SIGUSR2', () => beat(5e9));
send({ type: 'ready' });
