import net from 'node:net';
import timers from 'node:timers/promises';
import { GameStreamError } from '../errors.ts';
import { rtspFrameLength } from './cipher.ts';
import { MAX_MESSAGE_BYTES, parseResponse } from './message.ts';

/** protocol/1 §8.1, in ms. */
export const RTSP_TIMES = {
  connect: 10_000,
  /** GFE answers `/launch` before it listens for RTSP. */
  refusedFor: 10_000,
  refusedPause: 500,
  /** Since the last byte. */
  reply: 15_000,
  /** A DESCRIBE body is complete after this much silence: Wolf may never close. */
  silence: 300,
};

export interface RtspExchangeOptions {
  address: string;
  port: number;
  /** As sent on the wire. */
  request: Buffer;
  encrypted: boolean;
  /** The reply has a body, which ends when the connection closes. */
  hasBody: boolean;
  signal?: AbortSignal | undefined;
  times?: typeof RTSP_TIMES;
}

/**
 * One request and its reply on one connection, protocol/1 §8.1. Returns the raw reply (a frame if encrypted).
 * Throws NO_SESSION if the host closes without a byte, HOST_UNREACHABLE, HOST_TIMEOUT, RTSP_FAILED, MALFORMED, or the
 * signal's reason.
 */
export async function rtspExchange(options: RtspExchangeOptions): Promise<Buffer> {
  const times = options.times ?? RTSP_TIMES;
  for (let waited = 0; ; waited += times.refusedPause) {
    try {
      return await attempt(options, times);
    } catch (error) {
      const cause = error instanceof GameStreamError ? error.cause : undefined;
      if (!isCode(cause, 'ECONNREFUSED') || waited >= times.refusedFor) throw error;
    }
    const { signal } = options;
    await timers.setTimeout(times.refusedPause, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

function attempt(options: RtspExchangeOptions, times: typeof RTSP_TIMES): Promise<Buffer> {
  const { address, port, signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const reply = new ReplyCollector(options.encrypted, options.hasBody);
    const socket = net.connect({ host: address, port, noDelay: true });
    let timer = setTimeout(() => {
      fail(
        new GameStreamError('HOST_UNREACHABLE', `The RTSP port ${port} of the host cannot be reached`, {
          hint: hint(port),
        }),
      );
    }, times.connect);

    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    const finish = () => {
      settle();
      resolve(reply.bytes());
    };
    const wait = () => {
      clearTimeout(timer);
      const overdue = () =>
        fail(new GameStreamError('HOST_TIMEOUT', 'The host did not answer on RTSP', { hint: hint(port) }));
      timer = reply.mayBeComplete ? setTimeout(finish, times.silence) : setTimeout(overdue, times.reply);
    };
    const onAbort = () => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort);

    socket.on('connect', () => {
      wait();
      // In one write and without half-closing: hosts read once, and treat a half-closed client as gone.
      socket.write(options.request);
    });
    socket.on('data', (chunk) => {
      try {
        if (reply.add(chunk)) finish();
        else wait();
      } catch (error) {
        fail(error);
      }
    });
    socket.on('end', () => (reply.mayBeComplete ? finish() : fail(brokenOff(reply))));
    socket.on('error', (cause) => {
      if (reply.mayBeComplete) finish();
      else if (isCode(cause, 'ECONNRESET') || isCode(cause, 'EPIPE')) fail(brokenOff(reply, cause));
      else fail(new GameStreamError('HOST_UNREACHABLE', `RTSP on port ${port} failed`, { hint: hint(port), cause }));
    });
  });
}

function hint(port: number): string {
  return `Check that the host is on, and that a firewall lets RTSP (TCP ${port}) through.`;
}

/** Knows when a reply is complete without parsing its bytes repeatedly. */
class ReplyCollector {
  readonly #encrypted: boolean;
  readonly #hasBody: boolean;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  /** The length of the frame, once known. */
  #frameLength: number | null = null;
  /** The head is complete; the body ends with the connection. */
  mayBeComplete = false;

  constructor(encrypted: boolean, hasBody: boolean) {
    this.#encrypted = encrypted;
    this.#hasBody = hasBody;
  }

  get size(): number {
    return this.#size;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** True when nothing more can come. Throws MALFORMED. */
  add(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > MAX_MESSAGE_BYTES + 64) throw new GameStreamError('MALFORMED', 'An endless RTSP reply');
    if (this.#encrypted) {
      this.#frameLength ??= rtspFrameLength(this.bytes());
      return this.#frameLength !== null && this.#size >= this.#frameLength;
    }
    if (this.mayBeComplete) return false;
    const head = parseResponse(this.bytes());
    if (head === null) return false;
    this.mayBeComplete = this.#hasBody && head.code === 200;
    return !this.mayBeComplete;
  }
}

function brokenOff(reply: ReplyCollector, cause?: unknown): GameStreamError {
  if (reply.size === 0) {
    return new GameStreamError('NO_SESSION', 'The host closed RTSP without an answer: it holds no session for us', {
      hint: 'The session may have expired: launch or resume again.',
      cause,
    });
  }
  return new GameStreamError('RTSP_FAILED', 'The host broke off in the middle of an RTSP reply', { cause });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
