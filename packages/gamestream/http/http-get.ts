import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { ClientRefusedError, GameStreamError } from '../errors.ts';
import { bracketed, hostHeader } from './host-address.ts';
import { parseCertificate } from './pem.ts';
import type { ClientIdentity } from './types.ts';

// Not imported: as a module it loads undici too, for its WebSocket, 0.04 s of CPU.
const http = process.getBuiltinModule('node:http');

export interface HttpGetOptions {
  address: string;
  port: number;
  /** Path and query. */
  target: string;
  /** For the whole exchange. */
  timeoutMs: number;
  maxBytes: number;
  /** HTTPS with this identity, and only with the host that has this certificate (PEM). */
  tls?: { identity: ClientIdentity; hostCertificate: string };
  signal?: AbortSignal | undefined;
}

export interface HttpReply {
  status: number;
  body: Buffer;
}

/** The connection closed or was reset before the first byte of an answer, which is what an unpaired client may see, protocol/1 §3.3. */
export class UnansweredError extends GameStreamError {}

/**
 * One GET on its own connection, protocol/1 §3. The body ends at Content-Length, whatever follows; the HTTP
 * status is not judged. TLS sessions are never resumed, and the request is sent only after the pin was checked.
 * Throws HOST_UNREACHABLE, HOST_TIMEOUT, HOST_BAD_REPLY, HOST_NOT_PAIRED, HOST_CERTIFICATE_CHANGED, or the signal's reason.
 */
export function httpGet(options: HttpGetOptions): Promise<HttpReply> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let stage: Stage = 'connecting';
    const socket = options.tls ? connectTls(options, options.tls.identity) : connectTcp(options);

    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(timeoutError(options, stage)), options.timeoutMs);
    signal?.addEventListener('abort', onAbort);
    // Stays for the life of the socket: errors after the answer are ignored.
    socket.on('error', (error) => fail(brokenError(options, stage, error)));

    const send = () => {
      stage = 'waiting';
      const request = http.request({
        method: 'GET',
        path: options.target,
        headers: { Host: hostHeader(options.address, options.port) },
        createConnection: () => socket,
      });
      let answer: IncomingMessage | undefined;
      // Bytes after a complete answer upset the parser, but not us.
      request.on('error', (error) => answer?.complete || fail(brokenError(options, stage, error)));
      request.on('response', (response) => {
        answer = response;
        stage = 'reading';
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('error', (error) => fail(brokenError(options, stage, error)));
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > options.maxBytes) {
            fail(new GameStreamError('HOST_BAD_REPLY', `The answer is longer than ${options.maxBytes} bytes`));
          } else chunks.push(chunk);
        });
        response.on('end', () => {
          settle();
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) });
        });
      });
      request.end();
    };

    if (socket instanceof tls.TLSSocket && options.tls) {
      const pin = options.tls.hostCertificate;
      socket.once('connect', () => (stage = 'securing'));
      socket.once('secureConnect', () => {
        try {
          checkPin(socket, pin);
        } catch (error) {
          return fail(error);
        }
        send();
      });
    } else socket.once('connect', send);
  });
}

type Stage = 'connecting' | 'securing' | 'waiting' | 'reading';

function connectTcp({ address, port }: HttpGetOptions): net.Socket {
  return net.connect({ host: address, port });
}

function connectTls({ address, port }: HttpGetOptions, identity: ClientIdentity): tls.TLSSocket {
  try {
    return tls.connect({
      host: address,
      port,
      cert: identity.certificate,
      key: identity.privateKey,
      minVersion: 'TLSv1.2',
      // Names, dates and chains mean nothing here; the pin is checked instead.
      rejectUnauthorized: false,
      servername: '',
    });
  } catch (cause) {
    throw new GameStreamError('INVALID_ARGUMENT', 'The client identity cannot be used for TLS', { cause });
  }
}

function checkPin(socket: tls.TLSSocket, pin: string): void {
  const presented = socket.getPeerX509Certificate()?.raw;
  if (presented?.equals(parseCertificate(pin).raw)) return;
  throw new GameStreamError('HOST_CERTIFICATE_CHANGED', 'The host presented a different certificate than at pairing', {
    hint: 'If the host was reinstalled, pair with it again. If not, something else is answering in its place.',
  });
}

function timeoutError({ address, port, timeoutMs }: HttpGetOptions, stage: Stage): GameStreamError {
  const where = `${bracketed(address)}:${port}`;
  if (stage === 'connecting')
    return unreachable(where, `${where} cannot be reached (no connection in ${timeoutMs} ms)`);
  return new GameStreamError('HOST_TIMEOUT', `${where} gave no complete answer in ${timeoutMs} ms`, {
    hint: 'The host may be busy or asleep: try again.',
  });
}

function brokenError({ address, port }: HttpGetOptions, stage: Stage, cause: Error): GameStreamError {
  const where = `${bracketed(address)}:${port}`;
  const code = 'code' in cause ? String(cause.code) : '';
  if (/^ERR_SSL_.*(CERT|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/.test(code)) {
    const message = `${where} refuses the client certificate`;
    // TLS 1.3 reports it after the pin was checked; within a handshake anybody could.
    if (stage === 'waiting') return new ClientRefusedError(message, { cause });
    return new GameStreamError('HOST_NOT_PAIRED', message, {
      hint: 'Pair with this host again.',
      cause,
    });
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO' || code.startsWith('HPE_')) {
    return new GameStreamError('HOST_BAD_REPLY', `${where} does not speak the protocol (${code})`, {
      hint: 'Check the address and the ports of the host.',
      cause,
    });
  }
  if (stage === 'waiting') {
    return new UnansweredError('HOST_UNREACHABLE', `${where} closed the connection without an answer`, { cause });
  }
  return unreachable(where, `${where} ${stage === 'reading' ? 'broke off' : 'cannot be reached'} (${code})`, cause);
}

function unreachable(where: string, message: string, cause?: unknown): GameStreamError {
  return new GameStreamError('HOST_UNREACHABLE', message, {
    hint: `Check that the host is on and that ${where} is not blocked by a firewall.`,
    cause,
  });
}
