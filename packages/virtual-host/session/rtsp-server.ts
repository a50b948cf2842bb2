import { createServer, type Server, type Socket } from 'node:net';
import {
  encodeResponse,
  headerValue,
  parseRequest,
  parseSetupTarget,
  RtspCipher,
  type RtspHeader,
  type RtspRequest,
  type RtspResponse,
  rtspFrameLength,
  setupReplyHeaders,
} from '@moonshare/gamestream';
import type { HostPorts } from '../ports.ts';
import { readAnnounce } from './announce.ts';
import { describe } from './describe.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export interface RtspServerOptions {
  bind: string;
  ports: HostPorts;
  sessions: Sessions;
  requireEncryption: boolean;
  onError: (error: unknown) => void;
}

/** Sunshine's buffer: a longer request is refused, protocol/1 §8.1. */
const MAX_REQUEST = 2048;
const PATIENCE_MS = 5_000;

/** RTSP: one connection per request, closed after the reply. It speaks about the session that waits for its control stream. */
export class RtspServer {
  readonly #options: RtspServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** One per session, since its counter goes on from reply to reply. */
  readonly #ciphers = new WeakMap<Session, RtspCipher>();

  private constructor(options: RtspServerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async open(options: RtspServerOptions): Promise<RtspServer> {
    const rtsp = new RtspServer(options);
    await new Promise<void>((resolve, reject) => {
      rtsp.#server.once('error', reject);
      rtsp.#server.listen(options.ports.rtsp, options.bind, () => {
        rtsp.#server.off('error', reject);
        resolve();
      });
    });
    return rtsp;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const session = this.#options.sessions.pending;
      // No session for this client: closed without a word, as real hosts do.
      if (session === null) {
        socket.end();
        return;
      }
      const request = this.#read(session, bytes);
      if (request === null) return;
      socket.removeAllListeners('data');
      socket.resume();
      this.#respond(session, request, socket).catch((error: unknown) => {
        this.#options.onError(error);
        socket.destroy();
      });
    });
  }

  /** Null = not complete yet. */
  #read(session: Session, bytes: Buffer): RtspRequest | 'malformed' | null {
    if (bytes.length > MAX_REQUEST) return 'malformed';
    try {
      if (!session.origin.encryptedRtsp) return parseRequest(bytes);
      const length = rtspFrameLength(bytes);
      if (length === null || (bytes.length < length && length <= MAX_REQUEST)) return null;
      return parseRequest(this.#cipher(session).open(bytes)) ?? 'malformed';
    } catch {
      return 'malformed';
    }
  }

  async #respond(session: Session, request: RtspRequest | 'malformed', socket: Socket): Promise<void> {
    const response = request === 'malformed' ? failure(400, 'BAD REQUEST', '0') : await this.#answer(session, request);
    const plain = encodeResponse(response);
    socket.end(session.origin.encryptedRtsp ? this.#cipher(session).seal(plain) : plain);
  }

  async #answer(session: Session, request: RtspRequest): Promise<RtspResponse> {
    const sequence = headerValue(request.headers, 'CSeq') ?? '0';
    switch (request.method) {
      case 'OPTIONS':
      case 'PLAY':
        return success(sequence, []);
      case 'DESCRIBE':
        return { ...success(sequence, []), body: describe(this.#options.requireEncryption) };
      case 'SETUP':
        return this.#setup(session, request.target, sequence);
      case 'ANNOUNCE': {
        if (session.parameters !== null) return failure(400, 'BAD REQUEST', sequence);
        const announced = readAnnounce(request.body, this.#options.requireEncryption);
        if ('code' in announced) return failure(announced.code, announced.reason, sequence);
        try {
          await session.announce(announced);
        } catch (error) {
          this.#options.onError(error);
          return failure(500, 'Internal Server Error', sequence);
        }
        return success(sequence, []);
      }
      default:
        return failure(404, 'NOT FOUND', sequence);
    }
  }

  #setup(session: Session, target: string, sequence: string): RtspResponse {
    const stream = parseSetupTarget(target);
    if (stream === null) return failure(404, 'NOT FOUND', sequence);
    const port = this.#options.ports[stream];
    const { pingPayload, connectData } = session;
    return success(sequence, setupReplyHeaders(stream === 'control' ? { port, connectData } : { port, pingPayload }));
  }

  #cipher(session: Session): RtspCipher {
    let cipher = this.#ciphers.get(session);
    if (cipher === undefined) {
      cipher = new RtspCipher({ key: session.origin.key, role: 'host' });
      this.#ciphers.set(session, cipher);
    }
    return cipher;
  }
}

function success(sequence: string, headers: RtspHeader[]): RtspResponse {
  return { code: 200, reason: 'OK', headers: [['CSeq', sequence], ...headers], body: '' };
}

/** With CSeq although Sunshine leaves it out: the reference client cannot read a reply without headers, protocol/1 §8.2. */
function failure(code: number, reason: string, sequence: string): RtspResponse {
  return { code, reason, headers: [['CSeq', sequence]], body: '' };
}
