import {
  type ClientSignal,
  isErrorCode,
  MAX_SIGNAL_BYTES,
  parseServerSignal,
  type ServerSignal,
} from '@moonshare/contract/browser';
import { type Problem, problem, problemFromBody } from '../problem.ts';

export interface SignallingEvents {
  open(): void;
  signal(signal: ServerSignal): void;
  /** The last call; made once, and never after `close()`. */
  closed(problem: Problem): void;
}

/** The peer WebSocket of protocol/4 §4. Unknown frames are ignored. */
export class Signalling {
  #socket: WebSocket;
  #release = new AbortController();

  constructor(options: {
    base: URL;
    streamerId: string;
    token: string | null;
    resume: string | null;
    /** What the person wants to be called. */
    name: string | null;
    events: SignallingEvents;
  }) {
    const url = new URL(`api/streamers/${encodeURIComponent(options.streamerId)}/peer`, options.base);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    if (options.token !== null) url.searchParams.set('token', options.token);
    url.searchParams.set('events', '1');
    url.searchParams.set('control', '1');
    if (options.name !== null) url.searchParams.set('name', options.name);
    if (options.resume !== null) url.searchParams.set('resume', options.resume);
    this.#socket = new WebSocket(url);
    const { signal } = this.#release;
    let reason: Problem | null = null;
    this.#socket.addEventListener('open', () => options.events.open(), { signal });
    this.#socket.addEventListener(
      'message',
      (event: MessageEvent<unknown>) => {
        if (typeof event.data !== 'string' || event.data.length > MAX_SIGNAL_BYTES) return;
        const message = parseServerSignal(event.data);
        if (message === null) return;
        if (typeof message === 'object' && 'PeerClosed' in message) reason = problemFromBody(message.PeerClosed.error);
        else options.events.signal(message);
      },
      { signal },
    );
    this.#socket.addEventListener(
      'close',
      (event: CloseEvent) => {
        this.close();
        options.events.closed(reason ?? closeProblem(event.reason));
      },
      { signal },
    );
  }

  send(signal: ClientSignal): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(signal));
  }

  /** Keeps the socket open but ignores all that it receives. */
  ignore(): void {
    this.#release.abort();
  }

  close(): void {
    this.#release.abort();
    this.#socket.close();
  }
}

/** The server gives an error code as the close reason; without one, the connection itself was lost. */
function closeProblem(reason: string): Problem {
  return problem(isErrorCode(reason) ? reason : 'SERVER_UNREACHABLE');
}
