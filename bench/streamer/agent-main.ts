import { appendFileSync } from 'node:fs';
import { MoonshareError, type ToStreamer } from '@moonshare/contract';
import { Engines } from '@moonshare/streamer';
import pino from 'pino';
import { connectionToServer } from '../../packages/streamer/multiplex/connection-to-server.ts';
import { WorkerProcess } from '../../packages/streamer/process/worker-process.ts';
import { createWebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { WebSocketEngine } from '../../packages/streamer/websocket/engine.ts';
import { now } from '../harness/clock.ts';

/** A streamer as the server forks it, that notes in the file BENCH_INPUTS when input of agents was sent to the host. */

const file = process.env.BENCH_INPUTS!;

const streamer = new WorkerProcess({
  createEngines: async (options) =>
    new Engines({ webrtc: await createWebRtcEngine(options), websocket: new WebSocketEngine(options) }),
  post: async (message) => {
    // Each of Node's UDP sends happens in a separate tick, and ticks keep their order: this one is just after it.
    if (message.type === 'inputDone') process.nextTick(() => appendFileSync(file, `${now()}\n`));
    process.send?.(message);
  },
  openStream: (stream) => connectionToServer().open(stream),
  log: pino({ base: { process: 'streamer' } }, pino.destination({ fd: 2, sync: true })),
  exit: (code) => process.exit(code),
});

process.on('message', (message, handle) => streamer.receive(message as ToStreamer, handle));
process.once('disconnect', () => streamer.shutDown('the server is gone'));
process.once('SIGTERM', () => streamer.leave('SIGTERM', 143));
process.on('uncaughtException', (error) => streamer.crash(MoonshareError.from(error)));

streamer.start();
