import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { TLSSocket } from 'node:tls';
import {
  type App,
  appListXml,
  bitrateReplyXml,
  cancelReplyXml,
  errorXml,
  launchReplyXml,
  parseLaunchParameters,
  parseQuery,
  parseReply,
  type QueryParameters,
  serverInfoXml,
  unmapped,
} from '@moonshare/gamestream';
import type { Quirks } from '../quirks.ts';
import type { LaunchClient, Sessions } from '../session/sessions.ts';
import { fingerprint, type Store } from '../store.ts';
import { boxArt } from './box-art.ts';
import { closeServer } from './close-server.ts';
import type { HttpProfile } from './http-profile.ts';
import { OneThread } from './one-thread.ts';
import type { HostPairing } from './pairing.ts';

// Not imported: as a module it loads undici too, for its WebSocket, 0.04 s of CPU.
const { createServer } = process.getBuiltinModule('node:http');

export interface ClientServerOptions {
  name: string;
  ports: { http: number; https: number; rtsp: number };
  bind: string;
  apps: App[];
  store: Store;
  pairing: HostPairing;
  sessions: Sessions;
  profile: HttpProfile;
  runtimeBitrate: boolean;
  quirks: Quirks;
  /** Called when a session was launched or resumed, before the client is told. `app`: its app was started just now. */
  onStarted: (started: { app: boolean }) => void;
  onError: (error: unknown) => void;
}

const NO_MAC = '00:00:00:00:00:00';
const REQUEST_PATIENCE_MS = 5_000;

/** XML, JSON, or an image; null closes the connection without a reply. */
type Body = string | { json: unknown } | Buffer | null;

/** What a host says that changes bitrates on request, but decides nothing by itself, protocol/1 §7.5. */
const ABR_CAPABILITIES = { supported: false, version: 1, features: ['runtime_bitrate'] };
const MAX_BITRATE_KBPS = 500_000;

/** What a Wolf of 2026 sends after its reply to a resume. */
const SECOND_REPLY = `HTTP/1.1 400 Bad Request\r\n\r\n${errorXml(400)}`;

const NOT_FOUND = errorXml(404, 'Not found');

/** The HTTP and HTTPS ports that clients use, protocol/1 §3 to §7. One request per connection. */
export class ClientServer {
  readonly #options: ClientServerOptions;
  readonly #plain: Server;
  readonly #secure: TlsServer;
  /** Connections that have had their request. */
  readonly #used = new WeakSet<Socket>();
  readonly #secureThread: OneThread;

  private constructor(options: ClientServerOptions) {
    this.#options = options;
    const { identity } = options.store;
    this.#plain = createServer((request, response) => this.#serve(request, response, false));
    this.#secure = createTlsServer(
      {
        key: identity.privateKey,
        cert: identity.certificate,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        // Real hosts do not resume TLS sessions either, and a fresh handshake always shows the certificate.
        secureOptions: constants.SSL_OP_NO_TICKET,
      },
      (request, response) => this.#serve(request, response, true),
    );
    this.#secure.on('secureConnection', (socket: TLSSocket) => {
      if (clientCertificate(socket) === null) socket.destroy();
    });
    this.#secureThread = new OneThread(this.#secure);
    for (const server of [this.#plain, this.#secure]) {
      server.requestTimeout = REQUEST_PATIENCE_MS;
      server.headersTimeout = REQUEST_PATIENCE_MS;
      server.keepAliveTimeout = options.quirks.neverClose ? 0 : 1;
      server.on('clientError', (_error, socket) => socket.destroy());
    }
  }

  static async open(options: ClientServerOptions): Promise<ClientServer> {
    const server = new ClientServer(options);
    server.#plain.listen(options.ports.http, options.bind);
    await once(server.#plain, 'listening');
    try {
      server.#secure.listen(options.ports.https, options.bind);
      await once(server.#secure, 'listening');
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** A launch has arrived whose app is not ready yet. */
  get isPreparing(): boolean {
    return this.#secureThread.isOccupied;
  }

  async close(): Promise<void> {
    this.#secureThread.close();
    await Promise.all([closeServer(this.#plain), closeServer(this.#secure)]);
  }

  #serve(request: IncomingMessage, response: ServerResponse, secure: boolean): void {
    request.resume();
    const { socket } = request;
    const { neverClose, readsOn } = this.#options.quirks;
    if (this.#used.has(socket) && !neverClose && !readsOn) {
      // A client that reuses the connection finds it dead; one that did not wait gets its first answer first.
      if (socket.writableEnded) socket.destroy();
      return;
    }
    this.#used.add(socket);
    const answer = secure ? this.#secureAnswer(request, response) : this.#plainAnswer(request, response);
    answer.then(
      (body) => body !== 'later' && this.#send(response, body),
      (error: unknown) => {
        this.#options.onError(error);
        response.destroy();
      },
    );
  }

  async #plainAnswer(request: IncomingMessage, response: ServerResponse): Promise<Body | 'later'> {
    const target = read(request);
    if (target?.path === '/serverinfo') return this.#serverInfo(request, target.parameters, null);
    if (target?.path === '/pair') return this.#pair(target.parameters, response);
    return NOT_FOUND;
  }

  async #secureAnswer(request: IncomingMessage, response: ServerResponse): Promise<Body | 'later'> {
    const target = read(request);
    if (target === null) return NOT_FOUND;
    const { path, parameters } = target;
    const certificate = clientCertificate(request.socket as TLSSocket);
    if (certificate === null || !this.#options.store.knows(certificate)) {
      return errorXml(401, 'The client is not authorized. Certificate verification failed.', path);
    }
    switch (path) {
      case '/serverinfo':
        return this.#serverInfo(request, parameters, certificate);
      case '/pair':
        return this.#pair(parameters, response);
      case '/applist':
        return appListXml(this.#options.apps);
      case '/appasset':
        return this.#appAsset(parameters);
      case '/launch':
        return this.#start('launch', request, parameters, clientOf(request, certificate));
      case '/resume':
        return this.#start('resume', request, parameters, clientOf(request, certificate));
      case '/cancel':
        await this.#options.sessions.cancel(clientOf(request, certificate));
        return cancelReplyXml();
      case '/api/abr/capabilities':
        return this.#options.runtimeBitrate ? { json: ABR_CAPABILITIES } : NOT_FOUND;
      case '/bitrate':
        return this.#options.runtimeBitrate ? this.#setBitrate(parameters, certificate) : NOT_FOUND;
      default:
        return NOT_FOUND;
    }
  }

  /** `certificate`: the client's, over HTTPS. */
  #serverInfo(request: IncomingMessage, query: QueryParameters, certificate: Buffer | null): Body {
    const { name, store, ports, sessions, profile } = this.#options;
    const local = unmapped(request.socket.localAddress ?? '127.0.0.1');
    const secure = certificate !== null;
    const requester = {
      address: unmapped(request.socket.remoteAddress ?? ''),
      fingerprint: certificate === null ? null : fingerprint(certificate),
    };
    return serverInfoXml({
      hostname: name,
      uniqueId: store.uniqueId,
      httpsPort: ports.https,
      httpPort: ports.http,
      codecModeSupport: profile.codecModes,
      mac: secure || profile.displayModes !== null ? macOf(local) : NO_MAC,
      localIp: isIPv6(local) ? '127.0.0.1' : local,
      paired: secure && (query.has('uniqueid') || !profile.pairedNeedsUniqueId),
      currentGame: sessions.gameFor(requester),
      ...(profile.displayModes === null ? {} : { displayModes: profile.displayModes }),
    });
  }

  /** Pairing replies by itself, to some requests only once the PIN has come. */
  async #pair(query: QueryParameters, response: ServerResponse): Promise<'later'> {
    const { profile } = this.#options;
    const reply = {
      send: (xml: string) => this.#send(response, profile.silentOnBadRequest && !succeeded(xml) ? null : xml),
      close: () => this.#send(response, null),
    };
    response.on('close', () => this.#options.pairing.abandoned(reply));
    await this.#options.pairing.receive(query, reply);
    return 'later';
  }

  #appAsset(query: QueryParameters): Body {
    if (!this.#options.profile.boxArt) return errorXml(400);
    const app = this.#options.apps.find(({ id }) => String(id) === query.get('appid'));
    return app === undefined ? errorXml(404, 'No such app') : boxArt(app);
  }

  /** For the client's own stream; the answer is 0 if it has none. */
  async #setBitrate(query: QueryParameters, certificate: Buffer): Promise<Body> {
    const text = query.get('bitrate') ?? '';
    if (!/^[1-9]\d{0,8}$/.test(text)) return errorXml(400, 'Invalid bitrate');
    const client = fingerprint(certificate);
    const session = this.#options.sessions.all.findLast(({ origin, pending }) => origin.client === client && !pending);
    const kbps = Math.min(Number(text), MAX_BITRATE_KBPS);
    return bitrateReplyXml((await session?.setBitrate(kbps)) ? kbps : 0);
  }

  async #start(
    verb: 'launch' | 'resume',
    request: IncomingMessage,
    query: QueryParameters,
    client: LaunchClient,
  ): Promise<Body> {
    const { sessions, ports, profile, quirks, onStarted } = this.#options;
    const launch = parseLaunchParameters(query, verb);
    if (launch === null) {
      return profile.silentOnBadRequest ? null : errorXml(400, 'Missing a required launch/resume parameter');
    }
    // The app starts, and the client is told, once it is prepared, whether or not that client still waits.
    if (verb === 'launch' && quirks.launchMs !== undefined) await this.#secureThread.occupy(quirks.launchMs);
    const outcome = await sessions[verb](launch, client);
    if ('status' in outcome) return errorXml(outcome.status, outcome.message);
    onStarted({ app: verb === 'launch' && outcome.session !== null && outcome.resumed !== true });
    const local = unmapped(request.socket.localAddress ?? '127.0.0.1');
    const scheme = outcome.session?.origin.encryptedRtsp ? 'rtspenc' : 'rtsp';
    const address = outcome.session?.origin.sessionAddress ?? (isIPv6(local) ? `[${local}]` : local);
    return launchReplyXml(outcome.resumed ? 'resume' : verb, `${scheme}://${address}:${ports.rtsp}`);
  }

  #send(response: ServerResponse, content: Body): void {
    if (content === null) {
      response.destroy();
      return;
    }
    const { profile, quirks } = this.#options;
    const { socket } = response;
    const isXml = typeof content === 'string';
    const isJson = !isXml && 'json' in content;
    const body = Buffer.from(isJson ? JSON.stringify(content.json) : content);
    response.sendDate = !profile.bare;
    response.setHeader('Content-Length', body.length);
    if (!profile.bare)
      response.setHeader('Content-Type', isXml ? 'text/xml' : isJson ? 'application/json' : 'image/png');
    if (profile.bare || quirks.neverClose || quirks.readsOn) response.removeHeader('Connection');
    else response.setHeader('Connection', 'close');
    response.writeHead(isXml ? profile.statusOf(content) : 200);
    response.end(body, () => {
      if (socket === null) return;
      if (profile.repliesTwiceToResume && response.req.url?.startsWith('/resume?')) socket.write(SECOND_REPLY);
      if (quirks.neverClose) return;
      if (profile.closesAbruptly && !quirks.readsOn) socket.destroySoon();
      else socket.end();
    });
  }
}

function read(request: IncomingMessage): { path: string; parameters: QueryParameters } | null {
  return request.method === 'GET' ? parseQuery(request.url ?? '') : null;
}

function succeeded(xml: string): boolean {
  return parseReply(xml).statusCode === 200;
}

function clientOf(request: IncomingMessage, certificate: Buffer): LaunchClient {
  return { fingerprint: fingerprint(certificate), address: unmapped(request.socket.remoteAddress ?? '') };
}

function clientCertificate(socket: TLSSocket): Buffer | null {
  return socket.getPeerX509Certificate()?.raw ?? null;
}

/** The MAC of the interface with this address, for Wake-on-LAN; zeros if there is none. */
function macOf(address: string): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((entry) => entry.address === address)?.mac ?? NO_MAC;
}
