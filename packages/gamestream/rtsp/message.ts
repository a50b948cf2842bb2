import { GameStreamError } from '../errors.ts';

/** No message of the protocol comes near this size, protocol/1 §8.1. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Sunshine reads a request into a buffer of 2048 bytes; if encrypted, 2023 of them are text. */
export const MAX_REQUEST_BYTES = 2023;

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_HEADERS = 64;

export type RtspHeader = [name: string, value: string];

export interface RtspRequest {
  method: string;
  target: string;
  /** `CSeq` first: Wolf demands it. `encodeRequest` adds the length of a body. */
  headers: RtspHeader[];
  body: string;
}

export interface RtspResponse {
  code: number;
  reason: string;
  headers: RtspHeader[];
  body: string;
}

/** protocol/1 §8.2. With a body, `Content-length` is the last header, in this spelling. */
export function encodeRequest({ method, target, headers, body }: RtspRequest): Buffer {
  const all = body === '' ? headers : [...headers, ['Content-length', String(Buffer.byteLength(body))] as RtspHeader];
  return encode(`${method} ${target} RTSP/1.0`, all, body);
}

/** Responses carry no length: the body ends with the connection. */
export function encodeResponse({ code, reason, headers, body }: RtspResponse): Buffer {
  return encode(`RTSP/1.0 ${code} ${reason}`, headers, body);
}

function encode(first: string, headers: RtspHeader[], body: string): Buffer {
  const lines = [first, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (lines.some((line) => /[\r\n]/.test(line))) {
    throw new GameStreamError('INVALID_ARGUMENT', 'A line end inside an RTSP line');
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Reads a request from all bytes of a connection so far; null = incomplete. Throws MALFORMED.
 * Bytes after the body are ignored: a connection carries one request.
 */
export function parseRequest(bytes: Buffer): RtspRequest | null {
  const message = parseHead(bytes);
  if (message === null) return null;
  const match = /^([A-Z_]{1,20}) (\S{1,1024}) RTSP\/1\.0$/.exec(message.first);
  if (!match) throw new GameStreamError('MALFORMED', 'Not an RTSP request');
  const length = headerValue(message.headers, 'Content-length') ?? '0';
  if (!/^\d{1,7}$/.test(length) || Number(length) > MAX_MESSAGE_BYTES) {
    throw new GameStreamError('MALFORMED', 'An invalid body length');
  }
  const end = message.bodyAt + Number(length);
  if (bytes.length < end) return null;
  const body = bytes.toString('utf8', message.bodyAt, end);
  return { method: match[1]!, target: match[2]!, headers: message.headers, body };
}

/** Reads a response from all bytes so far; null = incomplete head. The body is what has come so far. Throws MALFORMED. */
export function parseResponse(bytes: Buffer): RtspResponse | null {
  const message = parseHead(bytes);
  if (message === null) return null;
  const match = /^RTSP\/1\.0 (\d{3})(?: (.*))?$/.exec(message.first);
  if (!match) throw new GameStreamError('MALFORMED', 'Not an RTSP response');
  const body = bytes.toString('utf8', message.bodyAt);
  return { code: Number(match[1]), reason: match[2] ?? '', headers: message.headers, body };
}

/** The first header of that name, in any case. */
export function headerValue(headers: RtspHeader[], name: string): string | null {
  const wanted = name.toLowerCase();
  return headers.find(([each]) => each.toLowerCase() === wanted)?.[1] ?? null;
}

function parseHead(bytes: Buffer): { first: string; headers: RtspHeader[]; bodyAt: number } | null {
  if (bytes.length > MAX_MESSAGE_BYTES) throw new GameStreamError('MALFORMED', `RTSP of ${bytes.length} bytes`);
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0 ? bytes.length > MAX_HEAD_BYTES : end > MAX_HEAD_BYTES) {
    throw new GameStreamError('MALFORMED', 'An RTSP head that does not end');
  }
  if (end < 0) return null;
  const [first = '', ...lines] = bytes.toString('utf8', 0, end).split('\r\n');
  if (lines.length > MAX_HEADERS) throw new GameStreamError('MALFORMED', `${lines.length} RTSP headers`);
  return { first, headers: lines.map(parseHeader), bodyAt: end + 4 };
}

/** Split at the first colon and one space dropped: ping payloads may hold any printable character. */
function parseHeader(line: string): RtspHeader {
  const colon = line.indexOf(':');
  if (colon <= 0) throw new GameStreamError('MALFORMED', 'An RTSP header without a name');
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}
