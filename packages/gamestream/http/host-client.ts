import { randomUUID } from 'node:crypto';
import { ClientRefusedError, GameStreamError } from '../errors.ts';
import { imageType, parseAppList } from './apps.ts';
import { appliedBitrate, checkBitrate, isAbrAnswer, isMissing, MAX_ABR_BYTES } from './bitrate.ts';
import { type HostVerb, hostError } from './host-error.ts';
import { type HttpReply, httpGet, UnansweredError } from './http-get.ts';
import { checkLaunchRequest, launchParameters, parseLaunchReply } from './launch.ts';
import { buildTarget } from './query.ts';
import { DEFAULT_HTTP_PORT, parseServerInfo } from './server-info.ts';
import type { App, ClientIdentity, LaunchReply, LaunchRequest, ServerInfo } from './types.ts';
import { MAX_XML_BYTES, parseReply, type XmlReply } from './xml.ts';

/** The value that all clients share, protocol/1 §3.1. */
const COMMON_UNIQUE_ID = '0123456789ABCDEF';

const MAX_BOX_ART_BYTES = 16 * 1024 * 1024;
/** protocol/1 §9. */
const QUERY_TIMEOUT_MS = 5_000;
const LAUNCH_TIMEOUT_MS = 120_000;
const RESUME_TIMEOUT_MS = 30_000;

type HostPath = HostVerb | 'api/abr/capabilities';

export interface HostClientOptions {
  address: string;
  httpPort?: number;
  /** Read over HTTP if not given. */
  httpsPort?: number;
  identity?: ClientIdentity;
  /** PEM pinned at pairing. */
  hostCertificate?: string;
  uniqueId?: string;
}

export interface QueryOptions {
  /** For each request it makes; default 5 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

interface CallOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * The HTTP side of one host as one client sees it, protocol/1 §4, §6, §7. HTTPS requests run one after another, as hosts
 * serve them on one thread. Calls that need pairing throw HOST_NOT_PAIRED or HOST_CERTIFICATE_CHANGED without it; all throw
 * the errors of `httpGet`.
 */
export class HostClient {
  readonly address: string;
  readonly httpPort: number;
  readonly #pairing: { identity: ClientIdentity; hostCertificate: string } | null;
  readonly #uniqueId: string;
  #httpsPort: number | null;
  /** Settles when the last HTTPS request has. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ address, httpPort, httpsPort, identity, hostCertificate, uniqueId }: HostClientOptions) {
    this.address = address;
    this.httpPort = httpPort ?? DEFAULT_HTTP_PORT;
    this.#httpsPort = httpsPort ?? null;
    this.#pairing = identity && hostCertificate !== undefined ? { identity, hostCertificate } : null;
    this.#uniqueId = uniqueId ?? COMMON_UNIQUE_ID;
  }

  /** Over HTTPS if this client may be paired; otherwise, or if the host says it is not, over HTTP. Throws HOST_UNSUPPORTED. */
  async serverInfo(options: QueryOptions = {}): Promise<ServerInfo> {
    if (this.#pairing === null) return this.#plainServerInfo(queryLimits(options));
    try {
      return await this.pairedServerInfo(options);
    } catch (error) {
      if (!isNotPaired(error)) throw error;
      return this.#plainServerInfo(queryLimits(options));
    }
  }

  /** Over HTTPS only: its `paired` is true. Throws `ClientRefusedError` if the host says that it does not know this client. */
  async pairedServerInfo(options: QueryOptions = {}): Promise<ServerInfo> {
    const reply = await this.#call('serverinfo', [], queryLimits(options));
    const info = parseServerInfo(reply.root, { secure: true, httpPort: this.httpPort });
    if (info.paired) return info;
    throw new ClientRefusedError('The host says that this client is not paired');
  }

  async appList(options: QueryOptions = {}): Promise<App[]> {
    const reply = await this.#call('applist', [], queryLimits(options));
    return parseAppList(reply.root);
  }

  /** The picture of an app: PNG, JPEG or WebP. Throws APP_NOT_FOUND if the host has none. */
  async boxArt(appId: number, options: QueryOptions = {}): Promise<{ contentType: string; data: Buffer }> {
    const parameters: [string, string][] = [
      ['appid', String(appId)],
      ['AssetType', '2'],
      ['AssetIdx', '0'],
    ];
    const reply = await this.#secureGet('appasset', parameters, queryLimits(options), MAX_BOX_ART_BYTES);
    const contentType = imageType(reply.body);
    if (contentType !== null) return { contentType, data: reply.body };
    if (reply.body.length === 0) throw new GameStreamError('APP_NOT_FOUND', 'The host has no picture of this app');
    checkSecureSuccess('appasset', readReply(reply));
    throw new GameStreamError('HOST_BAD_REPLY', 'The host sent no picture');
  }

  /** A host answers once the app's preparation commands are done: `timeoutMs`, default 120 s. */
  launch(request: LaunchRequest, options: QueryOptions = {}): Promise<LaunchReply> {
    const { timeoutMs = LAUNCH_TIMEOUT_MS, signal } = options;
    return this.#start('launch', request, { timeoutMs, signal });
  }

  resume(request: LaunchRequest, options: { signal?: AbortSignal } = {}): Promise<LaunchReply> {
    return this.#start('resume', request, { timeoutMs: RESUME_TIMEOUT_MS, signal: options.signal });
  }

  /** Ends the running app; on Sunshine that ends the streams of all clients. */
  async cancel(options: { signal?: AbortSignal } = {}): Promise<void> {
    const reply = await this.#call('cancel', [], { timeoutMs: RESUME_TIMEOUT_MS, signal: options.signal });
    if (reply.root.text('cancel') === '0') throw hostError('cancel', reply);
  }

  /**
   * Changes the bitrate of this client's running stream, protocol/1 §7.5. Returns what the host applied, kbit/s, which may be less.
   * Throws HOST_CANNOT if this host cannot do that, HOST_REFUSED if it does not now, HOST_BAD_REPLY.
   */
  async setBitrate(kbps: number, options: QueryOptions = {}): Promise<number> {
    const limits = queryLimits(options);
    checkBitrate(kbps);
    const reply = await this.#secureGet('bitrate', [['bitrate', String(kbps)]], limits, MAX_XML_BYTES);
    if (!isMissing(reply)) {
      const answer = readReply(reply);
      checkSecureSuccess('bitrate', answer);
      return appliedBitrate(answer) ?? kbps;
    }
    // It may also mean that this client has no stream there.
    if (await this.changesBitrate(options)) {
      throw new GameStreamError('HOST_REFUSED', 'The host changes bitrates, but has no stream of this client');
    }
    throw new GameStreamError('HOST_CANNOT', 'The host cannot change the bitrate of a running stream');
  }

  /** Whether the host says that it knows how to change the bitrate of a running stream, protocol/1 §7.5. Throws HOST_BAD_REPLY. */
  async changesBitrate(options: QueryOptions = {}): Promise<boolean> {
    const reply = await this.#secureGet('api/abr/capabilities', [], queryLimits(options), MAX_ABR_BYTES);
    if (isMissing(reply)) return false;
    if (isAbrAnswer(reply)) return true;
    checkSecureSuccess('bitrate', readReply(reply));
    throw new GameStreamError('HOST_BAD_REPLY', 'The host does not say in JSON what it can do about the bitrate');
  }

  async #start(verb: 'launch' | 'resume', request: LaunchRequest, options: CallOptions): Promise<LaunchReply> {
    checkLaunchRequest(request);
    return parseLaunchReply(await this.#call(verb, launchParameters(request), options), verb, this.address);
  }

  async #plainServerInfo(options: CallOptions): Promise<ServerInfo> {
    const target = this.#target('serverinfo', []);
    const reply = readReply(
      await httpGet({ address: this.address, port: this.httpPort, target, maxBytes: MAX_XML_BYTES, ...options }),
    );
    checkSuccess('serverinfo', reply);
    const info = parseServerInfo(reply.root, { secure: false, httpPort: this.httpPort });
    this.#httpsPort ??= info.httpsPort;
    return info;
  }

  /** One HTTPS request with an XML answer. */
  async #call(verb: HostVerb, parameters: [string, string][], options: CallOptions): Promise<XmlReply> {
    const reply = readReply(await this.#secureGet(verb, parameters, options, MAX_XML_BYTES));
    checkSecureSuccess(verb, reply);
    return reply;
  }

  async #secureGet(
    path: HostPath,
    parameters: [string, string][],
    options: CallOptions,
    maxBytes: number,
  ): Promise<HttpReply> {
    if (this.#pairing === null) {
      throw new GameStreamError('HOST_NOT_PAIRED', 'This client is not paired with the host', {
        hint: 'Pair with the host first.',
      });
    }
    if (this.#httpsPort === null) await this.#plainServerInfo(harmless(options));
    const get = { address: this.address, port: this.#httpsPort!, tls: this.#pairing, ...options };
    const request = this.#last.then(async () => {
      try {
        return await httpGet({ ...get, target: this.#target(path, parameters), maxBytes });
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
        throw await this.#whyUnanswered(error, { ...get, ...harmless(options), maxBytes: MAX_XML_BYTES });
      }
    });
    this.#last = request.catch(() => undefined);
    return request;
  }

  /** A host may reset an unknown client's connection before its 401 is read, so ask again with a harmless request. */
  async #whyUnanswered(error: UnansweredError, get: Omit<Parameters<typeof httpGet>[0], 'target'>): Promise<unknown> {
    try {
      const reply = readReply(await httpGet({ ...get, target: this.#target('serverinfo', []) }));
      return reply.statusCode === 401 ? refusal() : error;
    } catch (again) {
      if (!(again instanceof UnansweredError)) return again;
      return new GameStreamError('HOST_NOT_PAIRED', 'The host closes every connection from this client', {
        hint: 'Pair with this host again.',
        cause: error,
      });
    }
  }

  #target(path: HostPath, parameters: [string, string][]): string {
    return buildTarget(`/${path}`, [['uniqueid', this.#uniqueId], ['uuid', randomUUID()], ...parameters]);
  }
}

function queryLimits({ timeoutMs = QUERY_TIMEOUT_MS, signal }: QueryOptions): CallOptions {
  return { timeoutMs, signal };
}

/** A query on behalf of another request must not take longer than either may. */
function harmless(options: CallOptions): CallOptions {
  return { ...options, timeoutMs: Math.min(options.timeoutMs, QUERY_TIMEOUT_MS) };
}

function isNotPaired(error: unknown): boolean {
  return (
    error instanceof GameStreamError && (error.code === 'HOST_NOT_PAIRED' || error.code === 'HOST_CERTIFICATE_CHANGED')
  );
}

/** Wolf sends HTTP errors with little or no content. */
export function readReply({ status, body }: HttpReply): XmlReply {
  if (body.length === 0 && status >= 400) return parseReply(`<root status_code="${status}"/>`);
  return parseReply(body);
}

function checkSuccess(verb: HostVerb, reply: XmlReply): void {
  if (reply.statusCode !== 200) throw hostError(verb, reply);
}

/** For a reply from the holder of the pinned certificate. */
function checkSecureSuccess(verb: HostVerb, reply: XmlReply): void {
  if (reply.statusCode === 401) throw refusal();
  checkSuccess(verb, reply);
}

function refusal(): ClientRefusedError {
  return new ClientRefusedError('The host does not know this client');
}
