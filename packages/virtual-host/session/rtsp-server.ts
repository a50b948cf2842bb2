import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import {
  encodeResponse,
  headerValue,
  parseSetupTarget,
  RtspCipher,
  type RtspHeader,
  type RtspRequest,
  type RtspResponse,
  rtspFrameLength,
  setupReplyHeaders,
  unmapped,
} from '@moonshare/gamestream';
import type { HostPorts } from '../ports.ts';
import type { Quirks } from '../quirks.ts';
import { readAnnounce } from './announce.ts';
import type { EncryptionMode, RtspProfile } from './rtsp-profile.ts';
import type { StreamSession } from './session.ts';
import type { Sessions } from './sessions.ts';

export interface RtspServerOptions {
  bind: string;
  ports: HostPorts;
  sessions: Sessions;
  profile: RtspProfile;
  encryption: EncryptionMode;
  quirks: Quirks;
  onError: (error: unknown) => void;
}

/** Sunshine's buffer: a longer request is refused, protocol/1 §8.1. */
const MAX_REQUEST = 2048;
const RESET_AFTER_MS = 20;

/** RTSP: one connection per request, closed after the reply. How a request finds its session differs from host to host. */
export class RtspServer {
  readonly #options: RtspServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** One per session, since its counter continues from reply to reply. */
  readonly #ciphers = new WeakMap<StreamSession, RtspCipher>();
  #listenAgain: NodeJS.Timeout | undefined;

  private constructor(options: RtspServerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async open(options: RtspServerOptions): Promise<RtspServer> {
    const rtsp = new RtspServer(options);
    await rtsp.#listen();
    return rtsp;
  }

  async close(): Promise<void> {
    clearTimeout(this.#listenAgain);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Like a host whose RTSP is not up yet when it answers a launch: refuses connections for this long. */
  refuseFor(ms: number): void {
    this.#server.close();
    clearTimeout(this.#listenAgain);
    this.#listenAgain = setTimeout(() => this.#listen().catch(this.#options.onError), ms);
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#options.ports.rtsp, this.#options.bind);
    await once(this.#server, 'listening');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(this.#options.profile.patienceMs, () => socket.destroy());
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const from = unmapped(socket.remoteAddress ?? '');
      let session = this.#options.sessions.forRtsp(from, null);
      // No session for this client: closed without a reply, as real hosts do.
      if (session === null) {
        socket.end();
        return;
      }
      const request = this.#read(session, bytes);
      if (request === null) return;
      if (request !== 'malformed') session = this.#sessionOf(request, from);
      if (session === null) {
        socket.end();
        return;
      }
      socket.removeAllListeners('data');
      socket.resume();
      this.#respond(session, request, socket).catch((error: unknown) => {
        this.#options.onError(error);
        socket.destroy();
      });
    });
  }

  /** Null: not complete yet. */
  #read(session: StreamSession, bytes: Buffer): RtspRequest | 'malformed' | null {
    if (bytes.length > MAX_REQUEST) return 'malformed';
    try {
      const { read } = this.#options.profile;
      if (!session.origin.encryptedRtsp) return read(bytes);
      const length = rtspFrameLength(bytes);
      if (length === null || (bytes.length < length && length <= MAX_REQUEST)) return null;
      return read(this.#cipher(session).open(bytes)) ?? 'malformed';
    } catch {
      return 'malformed';
    }
  }

  async #respond(session: StreamSession, request: RtspRequest | 'malformed', socket: Socket): Promise<void> {
    const response = request === 'malformed' ? failure(400, 'BAD REQUEST', '0') : await this.#answer(session, request);
    if (response === null) {
      socket.destroy();
      return;
    }
    const plain = encodeResponse(response);
    await this.#send(socket, session.origin.encryptedRtsp ? this.#cipher(session).seal(plain) : plain);
  }

  async #send(socket: Socket, reply: Buffer): Promise<void> {
    const { rtspBytewise, rtspReset, neverClose } = this.#options.quirks;
    const pieces = rtspBytewise ? Array.from(reply, (byte) => Buffer.from([byte])) : [reply];
    for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent));
    if (rtspReset) setTimeout(() => socket.resetAndDestroy(), RESET_AFTER_MS);
    else if (neverClose) socket.setTimeout(0);
    else socket.end();
  }

  /** The session that a request is about; null if it does not name the address that this host gave out. */
  #sessionOf(request: RtspRequest, from: string): StreamSession | null {
    const { sessions, quirks } = this.#options;
    const host = headerValue(request.headers, 'Host');
    if (quirks.sessionAddress !== undefined && host !== quirks.sessionAddress) return null;
    return sessions.forRtsp(from, host);
  }

  #describe(): string {
    const { profile, encryption, quirks } = this.#options;
    const body = profile.describe(encryption);
    // Like a real one without uinput: bit 0 is touch and pen.
    return quirks.xtest ? body.replace(/(x-ss-general\.featureFlags: ?)3/, '$12') : body;
  }

  /** Null: the connection is closed without a reply. */
  async #answer(session: StreamSession, request: RtspRequest): Promise<RtspResponse | null> {
    const { profile, encryption } = this.#options;
    const sequence = headerValue(request.headers, 'CSeq') ?? '0';
    switch (request.method) {
      case 'OPTIONS':
      case 'PLAY':
        return success(sequence);
      case 'DESCRIBE':
        return { ...success(sequence), body: this.#describe() };
      case 'SETUP':
        return this.#setup(session, request.target, sequence);
      case 'ANNOUNCE': {
        if (session.parameters !== null) return failure(400, 'BAD REQUEST', sequence);
        const announced = readAnnounce(request.body, profile.readAnnounce, encryption);
        if ('code' in announced && profile.silentOnBadAnnounce) return null;
        if ('code' in announced) return failure(announced.code, announced.reason, sequence);
        try {
          await session.announce(announced);
        } catch (error) {
          this.#options.onError(error);
          return failure(500, 'Internal Server Error', sequence);
        }
        return success(sequence);
      }
      default:
        return failure(404, 'NOT FOUND', sequence);
    }
  }

  #setup(session: StreamSession, target: string, sequence: string): RtspResponse {
    const stream = parseSetupTarget(target);
    if (stream === null) return failure(404, 'NOT FOUND', sequence);
    const port = stream === 'control' ? this.#options.ports.control : session.mediaPort(stream);
    if (!this.#options.profile.givesIds) return success(sequence, setupReplyHeaders({ port }));
    const { pingPayload, connectData } = session;
    return success(sequence, setupReplyHeaders(stream === 'control' ? { port, connectData } : { port, pingPayload }));
  }

  #cipher(session: StreamSession): RtspCipher {
    let cipher = this.#ciphers.get(session);
    if (cipher === undefined) {
      cipher = new RtspCipher({ key: session.origin.key, role: 'host' });
      this.#ciphers.set(session, cipher);
    }
    return cipher;
  }
}

function success(sequence: string, headers: RtspHeader[] = []): RtspResponse {
  return { code: 200, reason: 'OK', headers: [['CSeq', sequence], ...headers], body: '' };
}

/** With CSeq, although Sunshine omits it: the reference client cannot read a reply without headers, protocol/1 §8.2. */
function failure(code: number, reason: string, sequence: string): RtspResponse {
  return { code, reason, headers: [['CSeq', sequence]], body: '' };
}
