import type { TestContext } from 'node:test';
import { type Logger, pino } from 'pino';
import { loadConfig } from '../config/load.ts';
import { MoonshareServer } from '../server.ts';
import { freeUdpRange } from './free-udp-range.ts';
import { type RealHost, startRealHost } from './real-host.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { type Answer, CREDENTIALS, call, PASSWORD_COST, streamerRequest } from './test-server.ts';

/** The PIN that hosts enter by themselves, unless a person does. */
export const REAL_PIN = '4711';
export const DESKTOP = 881448767;

export interface RealServer {
  host: RealHost;
  url: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The input that the host received, oldest first. */
  // biome-ignore lint/suspicious/noExplicitAny: tests know its type.
  input(): Promise<any[]>;
  /** Stops it before the end of the test. */
  close(): Promise<void>;
}

/** A server in this process, with a virtual host and streamers in separate processes; nothing is paired yet. */
export async function startRealServer(
  context: TestContext,
  o: {
    /** Called with each log line as it is written. */
    logged?: (line: Record<string, unknown>) => void;
    udpPorts?: number;
    /** Null: a person enters it. */
    pin?: string | null;
    /** Arguments of the virtual host. */
    host?: readonly string[];
    /** Settings of the server, as environment variables. */
    settings?: Record<string, string>;
  } = {},
): Promise<RealServer> {
  const data = temporaryDirectory(context, 'moonshare-real-');
  const { pin = REAL_PIN } = o;
  const host = await startRealHost(context, pin, o.host);
  const { from, to } = await freeUdpRange(o.udpPorts ?? 20);
  const config = loadConfig({
    PORT: '0',
    MOONSHARE_DATA: data,
    MOONSHARE_CREDENTIALS: CREDENTIALS,
    MOONSHARE_UDP_PORTS: `${from}-${to}`,
    MOONSHARE_HOSTS: `${host.address}:${host.httpPort}`,
    ...(pin === null ? {} : { MOONLIGHT_INTERNAL_PAIRING_PIN: pin }),
    MOONSHARE_LOG_LEVEL: 'error',
    ...o.settings,
  });
  const server = await MoonshareServer.start({
    config: { ...config, credentials: CREDENTIALS },
    passwordCost: PASSWORD_COST,
    log: o.logged === undefined ? pino({ level: process.env.TEST_LOG ?? 'silent' }) : logTo(o.logged),
  });
  context.after(() => server.close());
  return {
    close: () => server.close(),
    host,
    url: server.url,
    call: (method, path, body) => call(server.url + path, method, body, {}),
    input: async () => (await fetch(`http://127.0.0.1:${host.httpPort + 40}/input`)).json() as Promise<unknown[]>,
  };
}

function logTo(logged: (line: Record<string, unknown>) => void): Logger {
  return pino({ level: 'info' }, { write: (line: string) => logged(JSON.parse(line)) });
}

/** A request for a small stream of the virtual host’s desktop. */
export function realRequest(id: string): Record<string, unknown> {
  return streamerRequest(id, { app_id: DESKTOP, width: 640, height: 360, fps: 30 });
}
