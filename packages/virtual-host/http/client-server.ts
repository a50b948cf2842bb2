import { constants } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { TLSSocket } from 'node:tls';
import {
  type App,
  appListXml,
  cancelReplyXml,
  errorXml,
  launchReplyXml,
  parseLaunchParameters,
  parseQuery,
  type QueryParameters,
  serverInfoXml,
} from '@moonshare/gamestream';
import { plainAddress } from '../session/address.ts';
import type { Sessions } from '../session/sessions.ts';
import { fingerprint, type Store } from '../store.ts';
import { boxArt } from './box-art.ts';
import type { Pairing } from './pairing.ts';

export interface ClientServerOptions {
  name: string;
  ports: { http: number; https: number; rtsp: number };
  bind: string;
  apps: App[];
  store: Store;
  pairing: Pairing;
  sessions: Sessions;
  onError: (error: unknown) => void;
}

/** H.264, HEVC Main, AV1 Main 8-bit: protocol/1 §4. */
const CODEC_MODES = 0x1 | 0x100 | 0x10000;
const NO_MAC = '00:00:00:00:00:00';
const REQUEST_PATIENCE_MS = 5_000;

/** XML, or an image. */
type Body = string | Buffer;

const NOT_FOUND = errorXml(404, 'Not found');

/** The HTTP and HTTPS ports clients talk to, protocol/1 §3 to §7. One request per connection. */
export class ClientServer {
  readonly #options: ClientServerOptions;
  readonly #plain: Server;
  readonly #secure: TlsServer;

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
        // Real hosts do not resume sessions either, and a fresh handshake always shows the certificate.
        secureOptions: constants.SSL_OP_NO_TICKET,
      },
      (request, response) => this.#serve(request, response, true),
    );
    this.#secure.on('secureConnection', (socket: TLSSocket) => {
      if (clientCertificate(socket) === null) socket.destroy();
    });
    for (const server of [this.#plain, this.#secure]) {
      server.requestTimeout = REQUEST_PATIENCE_MS;
      server.headersTimeout = REQUEST_PATIENCE_MS;
      server.keepAliveTimeout = 1;
      server.on('clientError', (_error, socket) => socket.destroy());
    }
  }

  static async open(options: ClientServerOptions): Promise<ClientServer> {
    const server = new ClientServer(options);
    await listen(server.#plain, options.ports.http, options.bind);
    try {
      await listen(server.#secure, options.ports.https, options.bind);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  async close(): Promise<void> {
    await Promise.all([close(this.#plain), close(this.#secure)]);
  }

  #serve(request: IncomingMessage, response: ServerResponse, secure: boolean): void {
    response.setHeader('Connection', 'close');
    request.resume();
    const answer = secure ? this.#secureAnswer(request, response) : this.#plainAnswer(request, response);
    answer.then(
      (body) => body !== null && send(response, body),
      (error: unknown) => {
        this.#options.onError(error);
        response.destroy();
      },
    );
  }

  async #plainAnswer(request: IncomingMessage, response: ServerResponse): Promise<Body | null> {
    const target = read(request);
    if (target?.path === '/serverinfo') return this.#serverInfo(request, target.parameters, false);
    if (target?.path === '/pair') return this.#pair(target.parameters, response);
    return NOT_FOUND;
  }

  async #secureAnswer(request: IncomingMessage, response: ServerResponse): Promise<Body | null> {
    const target = read(request);
    if (target === null) return NOT_FOUND;
    const { path, parameters } = target;
    const certificate = clientCertificate(request.socket as TLSSocket);
    if (certificate === null || !this.#options.store.knows(certificate)) {
      return errorXml(401, 'The client is not authorized. Certificate verification failed.', path);
    }
    switch (path) {
      case '/serverinfo':
        return this.#serverInfo(request, parameters, true);
      case '/pair':
        return this.#pair(parameters, response);
      case '/applist':
        return appListXml(this.#options.apps);
      case '/appasset':
        return this.#appAsset(parameters);
      case '/launch':
        return this.#start('launch', request, parameters, fingerprint(certificate));
      case '/resume':
        return this.#start('resume', request, parameters, fingerprint(certificate));
      case '/cancel':
        await this.#options.sessions.cancel();
        return cancelReplyXml();
      default:
        return NOT_FOUND;
    }
  }

  #serverInfo(request: IncomingMessage, query: QueryParameters, secure: boolean): Body {
    const { name, store, ports, sessions } = this.#options;
    const local = plainAddress(request.socket.localAddress ?? '127.0.0.1');
    return serverInfoXml({
      hostname: name,
      uniqueId: store.uniqueId,
      httpsPort: ports.https,
      httpPort: ports.http,
      codecModeSupport: CODEC_MODES,
      mac: secure ? macOf(local) : NO_MAC,
      localIp: isIPv6(local) ? '127.0.0.1' : local,
      // Sunshine calls a client paired only when it also names itself, protocol/1 §3.1.
      paired: secure && query.has('uniqueid'),
      currentGame: sessions.app?.id ?? 0,
    });
  }

  /** Pairing answers by itself, some requests only when the PIN has come. */
  async #pair(query: QueryParameters, response: ServerResponse): Promise<null> {
    const reply = {
      send: (xml: string) => send(response, xml),
      close: () => {
        response.destroy();
      },
    };
    response.on('close', () => this.#options.pairing.abandoned(reply));
    await this.#options.pairing.receive(query, reply);
    return null;
  }

  #appAsset(query: QueryParameters): Body {
    const app = this.#options.apps.find(({ id }) => String(id) === query.get('appid'));
    return app === undefined ? errorXml(404, 'No such app') : boxArt(app);
  }

  #start(verb: 'launch' | 'resume', request: IncomingMessage, query: QueryParameters, client: string): Body {
    const launch = parseLaunchParameters(query, verb);
    if (launch === null) return errorXml(400, 'Missing a required launch/resume parameter');
    const { sessions, ports } = this.#options;
    const address = plainAddress(request.socket.remoteAddress ?? '');
    const outcome = sessions[verb](launch, { fingerprint: client, address });
    if ('status' in outcome) return errorXml(outcome.status, outcome.message);
    const local = plainAddress(request.socket.localAddress ?? '127.0.0.1');
    const scheme = outcome.session.origin.encryptedRtsp ? 'rtspenc' : 'rtsp';
    return launchReplyXml(verb, `${scheme}://${isIPv6(local) ? `[${local}]` : local}:${ports.rtsp}`);
  }
}

function read(request: IncomingMessage): { path: string; parameters: QueryParameters } | null {
  return request.method === 'GET' ? parseQuery(request.url ?? '') : null;
}

/** HTTP 200 whatever the XML says, as Sunshine does (protocol/5). */
function send(response: ServerResponse, content: Body): void {
  const body = Buffer.from(content);
  const type = typeof content === 'string' ? 'text/xml' : 'image/png';
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}

function clientCertificate(socket: TLSSocket): Buffer | null {
  return socket.getPeerCertificate().raw ?? null;
}

/** The MAC of the interface with this address, for Wake-on-LAN; zeros when there is none. */
function macOf(address: string): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((entry) => entry.address === address)?.mac ?? NO_MAC;
}

async function listen(server: Server | TlsServer, port: number, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function close(server: Server | TlsServer): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
