import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { closeServer } from '../http/close-server.ts';
import { smallDesktopState } from './small-desktop-state.ts';
import { type HostParts, hostState } from './state.ts';

export interface AdminServerOptions extends HostParts {
  port: number;
}

// Not imported: as a module it loads undici too, for its WebSocket, 0.04 s of CPU.
const { createServer } = process.getBuiltinModule('node:http');

const MAX_BODY = 4096;

/** A refusal with its HTTP status and a machine-readable code. */
class AdminError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Lets tests and people observe and do things behind the client's back. Listens on 127.0.0.1 only, without a password. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: Server;

  private constructor(options: AdminServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        (body) => sendJson(response, 200, body),
        (error: unknown) => {
          const known = error instanceof AdminError ? error : new AdminError(500, 'INTERNAL', String(error));
          sendJson(response, known.status, { error: { code: known.code, message: known.message } });
        },
      );
    });
  }

  static async open(options: AdminServerOptions): Promise<AdminServer> {
    const admin = new AdminServer(options);
    admin.#server.listen(options.port, '127.0.0.1');
    await once(admin.#server, 'listening');
    return admin;
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    // No browser page may get in: not through a host name that resolves to this address, and not through a form.
    const named = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '');
    if (!named || request.headers.origin !== undefined) {
      throw new AdminError(403, 'FORBIDDEN', 'Connect to 127.0.0.1 or localhost, and not from a web page');
    }
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const route = `${request.method} ${url.pathname}`;
    switch (route) {
      case 'GET /input':
        return this.#options.inputLog.since(sinceParameter(url));
      case 'GET /state':
        return hostState(this.#options);
      case 'GET /desktop': {
        const state = smallDesktopState(this.#options.desktop);
        if (state === null) throw new AdminError(404, 'NO_DESKTOP', 'There is no small desktop: start with --desktop');
        return state;
      }
      case 'POST /pin':
        return this.#pin(await readJson(request));
      case 'POST /unpair':
        return this.#unpair(await readJson(request));
      case 'POST /drop':
        return this.#dropPercent(await readJson(request));
      case 'POST /stop-video':
        for (const session of this.#options.sessions.all) session.stopVideo();
        return { stopped: this.#options.sessions.all.length };
      case 'POST /end-app':
        if (!(await this.#options.sessions.endApp())) throw new AdminError(409, 'NO_APP', 'No app is running');
        return { ended: true };
      case 'POST /kill':
        // Nothing may run after this: no answer, no message to any client.
        process.kill(process.pid, 'SIGKILL');
        return {};
      default:
        throw new AdminError(404, 'NOT_FOUND', `There is no route ${route}`);
    }
  }

  #pin(body: unknown): { status: true } {
    const pin = field(body, 'pin');
    if (typeof pin !== 'string' || !/^\d{4}$/.test(pin)) {
      throw new AdminError(400, 'BAD_PIN', 'The body must be {"pin": "1234"}: a string of four digits');
    }
    if (!this.#options.pairing.enterPin(pin)) {
      throw new AdminError(409, 'NOBODY_WAITS', 'No client is waiting for a PIN. Start pairing on the client first.');
    }
    return { status: true };
  }

  /** As on a real host's web page: clients are not told, and running streams go on. */
  async #unpair(body: unknown): Promise<{ unpaired: number }> {
    const client = field(body, 'client');
    if (client !== undefined && typeof client !== 'string') {
      throw new AdminError(400, 'BAD_CLIENT', 'The body must be {"client": "FINGERPRINT"}, or {} for all clients');
    }
    const unpaired = await this.#options.store.removeClients(client ?? 'all');
    if (client !== undefined && unpaired === 0) throw new AdminError(404, 'NO_CLIENT', 'No such client is paired');
    return { unpaired };
  }

  #dropPercent(body: unknown): { percent: number } {
    const percent = field(body, 'percent');
    if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) {
      throw new AdminError(400, 'BAD_PERCENT', 'The body must be {"percent": N} with N from 0 to 100');
    }
    this.#options.drop.percent = percent;
    return { percent };
  }
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

function sinceParameter(url: URL): number {
  const text = url.searchParams.get('since') ?? '0';
  if (!/^\d{1,15}$/.test(text)) throw new AdminError(400, 'BAD_SINCE', '"since" must be a sequence number');
  return Number(text);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new AdminError(413, 'TOO_LARGE', `The body may have at most ${MAX_BODY} bytes`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new AdminError(400, 'BAD_JSON', 'The body is not JSON');
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': text.length,
    Connection: 'close',
  });
  response.end(text);
}
