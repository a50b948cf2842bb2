import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { FromStreamer, MoonshareError, ToStreamer } from '@moonshare/contract';

interface TapAccessEvents {
  /** `isStreaming` is another one. */
  changed: [];
  /** The streamer is at its end; the last event. */
  ended: [error: MoonshareError];
}

/** Where picture taps get the stream of one streamer, over media sockets like those of viewers, while its host session is up. */
export class TapAccess extends EventEmitter<TapAccessEvents> {
  #deliver: ((message: ToStreamer, socket: Socket) => void) | null = null;
  #isStreaming = false;
  #end: MoonshareError | null = null;

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** Why the streamer has ended; null: it has not. */
  get end(): MoonshareError | null {
    return this.#end;
  }

  /** A worker has its init. */
  attach(deliver: (message: ToStreamer, socket: Socket) => void): void {
    this.#deliver = deliver;
  }

  /** The worker is gone. */
  detach(): void {
    this.#deliver = null;
    this.#set(false);
  }

  receive(message: FromStreamer): void {
    if (message.type === 'hostState') this.#set(message.host.state === 'streaming' && this.#deliver !== null);
  }

  close(error: MoonshareError): void {
    this.#end ??= error;
    this.#set(false);
    this.emit('ended', error);
    this.removeAllListeners();
  }

  /** `far`: the streamer's end of a connection, which is closed if there is no stream. */
  open(far: Socket): void {
    if (this.#deliver === null || !this.#isStreaming) {
      far.destroy();
      return;
    }
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    };
    this.#deliver({ type: 'tapSocket', request: { url: '/', headers }, head: '' }, far);
  }

  #set(isStreaming: boolean): void {
    if (isStreaming === this.#isStreaming) return;
    this.#isStreaming = isStreaming;
    this.emit('changed');
  }
}
