import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Config } from '../../config/settings.ts';
import { isLoopback } from '../../loopback.ts';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import { tryListen } from './ports.ts';

/** Any name will do: without credentials, nobody learns anything about streamers before the socket is open. */
const NO_STREAMER = 'moonshare-doctor';
/** What our server answers to an upgrade without a ticket; without the upgrade it would answer 404. */
const NO_TICKET = 400;

/** The HTTP port: used by our own server, free for it, or used by another program. */
export async function checkHttpPort({ bind, port }: Config, running: boolean): Promise<Finding> {
  const check = 'http port';
  if (running) return ok(check, 'the server is running');
  if (port === 0) return ok(check, 'the server picks a free one');
  const outcome = await tryListen(bind, port);
  if (outcome === 'free') return unknown(check, `${port} on ${bind} is free: the server is not running`);
  if (outcome === 'taken') {
    return problem(
      check,
      `${port} on ${bind} is used by another program`,
      'Set PORT to another one, or end that program.',
    );
  }
  const fix = 'Set MOONSHARE_BIND to an address of this machine and PORT to a port that you may use.';
  return problem(check, `${port} on ${bind}: ${outcome}`, fix);
}

/** Browsers allow gamepads, key capture and the clipboard only over HTTPS and on this machine. */
export function checkHttps({ bind, tlsCert, publicUrl }: Config): Finding {
  const check = 'https';
  if (publicUrl?.startsWith('https:')) return ok(check, `links start with ${publicUrl}`);
  if (publicUrl === undefined && tlsCert !== undefined) return ok(check, 'the server speaks HTTPS itself');
  if (publicUrl === undefined && isLoopback(bind)) return ok(check, 'not needed: only this machine can connect');
  return warning(
    check,
    'browsers on other machines connect over plain HTTP: no gamepads, no key capture, no clipboard, and anyone can listen in',
    'Set MOONSHARE_TLS_CERT and MOONSHARE_TLS_KEY, or put a proxy with HTTPS in front and set MOONSHARE_PUBLIC_URL to it.',
  );
}

/** Whether a WebSocket reaches the server as a browser's would: through the public address, from the server's own page. */
export async function checkUpgrade(url: string, limitMs: number): Promise<Finding> {
  const check = `websocket ${url}`;
  const outcome = await upgrade(url, 'peer', limitMs);
  if (outcome === 'open') return ok(check, 'gets through');
  if (outcome === 'login') {
    return unknown(check, 'the proxy requires its own login first, and so do people who come by a join link');
  }
  if (outcome === 403) {
    const fix = `Make the proxy forward the Host header, or set MOONSHARE_PUBLIC_URL to ${url}.`;
    return problem(check, 'the server takes its own page for one of another site', fix);
  }
  if (typeof outcome === 'number') {
    const fix = `Make the proxy forward WebSockets (HTTP/1.1 with the headers Upgrade and Connection) and the path ${new URL(url).pathname}.`;
    return problem(check, `answered ${outcome} instead of 101`, fix);
  }
  return problem(
    check,
    outcome,
    'Check that the proxy is on, that MOONSHARE_PUBLIC_URL is right and that the server is running.',
  );
}

/**
 * Whether a viewer's media socket gets through as its peer socket does: a proxy may be set up for that one only. It is requested
 * without a ticket, since a made-up one would count as a guess.
 */
export async function checkMediaUpgrade({ transport }: Config, url: string, limitMs: number): Promise<Finding> {
  const check = `media websocket ${url}`;
  if (transport === 'webrtc') return ok(check, 'not used: the setting `transport` is webrtc');
  const outcome = await upgrade(url, 'media', limitMs);
  if (outcome === NO_TICKET) return ok(check, 'gets through');
  const said = `${typeof outcome === 'number' ? `answered ${outcome}` : outcome}: viewers whose network blocks UDP get no picture`;
  const fix = `Make the proxy forward WebSockets on every path, also on ${new URL(url).pathname.replace(/\/$/, '')}/api/streamers/.../media.`;
  return transport === 'auto' ? warning(check, said, fix) : problem(check, said, fix);
}

/** Not an answer of our server, which asks for a Bearer, but of a proxy with a login: its own demand, or a redirect to its page. */
export function wantsLogin({ statusCode, headers }: IncomingMessage): boolean {
  if (statusCode === 401) return !/^Bearer\b/i.test(headers['www-authenticate'] ?? '');
  return statusCode !== undefined && statusCode >= 300 && statusCode < 400;
}

function upgrade(
  url: string,
  socketOf: 'peer' | 'media',
  limitMs: number,
): Promise<'open' | 'login' | number | string> {
  const address = `${url.replace(/^http/, 'ws')}/api/streamers/${NO_STREAMER}/${socketOf}`;
  const { promise, resolve } = Promise.withResolvers<'open' | 'login' | number | string>();
  const socket = new WebSocket(address, { handshakeTimeout: limitMs, origin: new URL(url).origin });
  socket.once('open', () => {
    resolve('open');
    socket.terminate();
  });
  socket.once('unexpected-response', (request, response) => {
    resolve(wantsLogin(response) ? 'login' : (response.statusCode ?? 0));
    request.destroy();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  return promise;
}
