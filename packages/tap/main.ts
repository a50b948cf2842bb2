import { Socket } from 'node:net';
import { type FromTap, TAP_HEARTBEAT_MS, toTapSchema } from '@moonshare/contract';
import pino from 'pino';
import { loadCodecs } from './decode/load.ts';
import { PictureTap } from './picture-tap.ts';

/** The forked process: pictures of one streamer. Its messages go over the fork's channel, its log to stderr. Ends with the server. */

const log = pino({ base: { process: 'tap', pid: process.pid } }, pino.destination({ fd: 2, sync: true }));

if (process.send === undefined) {
  log.fatal('A picture tap is started by the server, which speaks with it over a channel.');
  process.exit(2);
}

/** The server may be gone, which ends this process anyway. */
function send(message: FromTap): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** Ends once the message has left. */
function leave(message: FromTap): void {
  process.send?.(message, undefined, undefined, () => process.exit(0));
}

process.once('disconnect', () => process.exit(0));
// The server decides; Ctrl+C reaches the whole process group of a terminal.
process.on('SIGINT', () => {});

setInterval(() => send({ type: 'heartbeat', memoryBytes: process.memoryUsage.rss() }), TAP_HEARTBEAT_MS);

loadCodecs().then(
  (codecs) => {
    const tap = new PictureTap(codecs, send);
    process.on('message', (raw, handle) => {
      const socket = handle instanceof Socket ? handle : null;
      socket?.on('error', () => {});
      const message = toTapSchema.safeParse(raw);
      if (message.success) tap.receive(message.data, socket);
      else {
        socket?.destroy();
        log.error({ issues: message.error.issues }, 'a message from the server does not match the contract');
      }
    });
    send({ type: 'ready' });
  },
  (cause: Error) => leave({ type: 'missing', reason: cause.message.split('\n')[0] ?? '' }),
);
