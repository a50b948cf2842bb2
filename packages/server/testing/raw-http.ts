import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  /** 200 of `HTTP/1.1 200 OK`. */
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  /** The chunks of a chunked answer, otherwise the body as one. */
  chunks: string[];
}

/** Sends these lines as they are, joined by CRLF, and reads the answer until the server closes the connection. */
export async function rawRequest(url: string, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const received: Buffer[] = [];
  socket.on('data', (data) => received.push(data));
  await once(socket, 'close');
  const text = Buffer.concat(received).toString();
  // Sent to a client that expects it before the body.
  return parseAnswer(text.replace(/^HTTP\/1\.1 100 .*?\r\n\r\n/s, ''));
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...fields] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const rest = text.slice(end + 4);
  const chunked = headers.get('transfer-encoding') === 'chunked';
  return { status: Number(statusLine.split(' ')[1]), headers, chunks: chunked ? splitChunks(rest) : [rest] };
}

function splitChunks(text: string): string[] {
  const chunks: string[] = [];
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (!(size > 0)) return chunks;
    chunks.push(text.slice(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
