import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MoonshareError } from '@moonshare/contract';
import { Engines } from '@moonshare/streamer';
import pino from 'pino';
import { connectionToServer } from '../../packages/streamer/multiplex/connection-to-server.ts';
import { WorkerProcess } from '../../packages/streamer/process/worker-process.ts';
import { createWebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { WebSocketEngine } from '../../packages/streamer/websocket/engine.ts';
import { answer } from '../harness/child.ts';
import { MeasuredEngine } from './measured-engine.ts';

/** The streamer's own process, as in `packages/streamer/main.ts`, with a measured engine. */

let engine: MeasuredEngine | null = null;
/** A timer every 10 ms: only while it is asked for. What a timer that is on time shows is taken away. */
const EVENT_LOOP_RESOLUTION_MS = 10;
const eventLoopDelay = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });

const streamer = new WorkerProcess({
  createEngines: async (options) => {
    engine = new MeasuredEngine(await createWebRtcEngine(options));
    return new Engines({ webrtc: engine, websocket: new WebSocketEngine(options) });
  },
  post: async (message) => {
    process.send?.(message);
  },
  openStream: (stream) => connectionToServer().open(stream),
  log: pino({ base: { process: 'streamer' } }, pino.destination({ fd: 2, sync: true })),
  exit: (code) => process.exit(code),
});

answer(
  {
    frames: () => engine?.takeFrames(),
    inputs: () => engine?.takeInputs(),
    firstFrames: () => engine?.firstFrames,
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuSeconds: (user + system) / 1e6, bytesSent: engine?.bytesSent ?? 0 };
    },
    beginEventLoopDelay: () => {
      eventLoopDelay.reset();
      eventLoopDelay.enable();
    },
    endEventLoopDelay: () => {
      eventLoopDelay.disable();
      const late = (share: number) => Math.max(0, eventLoopDelay.percentile(share) / 1e6 - EVENT_LOOP_RESOLUTION_MS);
      return { p50: late(50), p99: late(99) };
    },
    memory: () => {
      globalThis.gc?.();
      return process.memoryUsage.rss();
    },
  },
  (message, handle) => streamer.receive(message, handle),
);
process.once('disconnect', () => streamer.shutDown('the bench is gone'));
process.once('SIGTERM', () => streamer.shutDown('SIGTERM'));
process.on('uncaughtException', (error) => streamer.crash(MoonshareError.from(error)));

streamer.start();
