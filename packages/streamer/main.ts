import { flushCompileCache } from 'node:module';
import { type FromStreamer, MoonshareError, type ToStreamer } from '@moonshare/contract';
import pino from 'pino';
import { connectionToServer } from './multiplex/connection-to-server.ts';
import { WorkerProcess } from './process/worker-process.ts';
import { MAX_TAPS } from './relay/taps.ts';
import { Engines } from './viewer/engines.ts';
import { createWebRtcEngine } from './webrtc/engine.ts';
import { WebSocketEngine } from './websocket/engine.ts';

/** The forked process: one streamer, its messages over the fork's channel, its log on stderr. Ends with the server. */

/** Late enough not to delay anyone's picture. */
const KEEP_COMPILED_MS = 5_000;

// Sync, so that a line written as the process dies is not lost.
const log = pino({ base: { process: 'streamer', pid: process.pid } }, pino.destination({ fd: 2, sync: true }));

if (process.send === undefined) {
  log.fatal('A streamer is started by the server, which speaks with it over a channel. Run `npm start` instead.');
  process.exit(2);
}

/** Resolves when the message has been handed over, or the server is gone. */
function post(message: FromStreamer): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, undefined, undefined, () => resolve());
  });
}

const streamer = new WorkerProcess({
  createEngines: async (options) =>
    new Engines({
      webrtc: await createWebRtcEngine(options),
      websocket: new WebSocketEngine({ maxViewers: options.maxViewers + MAX_TAPS }),
    }),
  post,
  openStream: (stream) => connectionToServer().open(stream),
  log,
  exit: (code) => process.exit(code),
});

process.on('message', (message, handle) => streamer.receive(message as ToStreamer, handle));
process.once('disconnect', () => streamer.shutDown('the server is gone'));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, (_name: string, code: number) => streamer.leave(signal, 128 + code));
}
process.on('uncaughtException', (error) => streamer.crash(MoonshareError.from(error)));

streamer.start();
// The server sets the place (NODE_COMPILE_CACHE); a process that is killed later would keep nothing.
setTimeout(flushCompileCache, KEEP_COMPILED_MS).unref();
