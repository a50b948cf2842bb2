import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig, MoonshareServer } from '@moonshare/server';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { pino } from 'pino';
import { Api, CREDENTIALS } from '../harness/api.ts';
import { streamersOf } from '../harness/processes.ts';
import { environment, newDataDirectory } from '../harness/stack.ts';
import { poll, TestHost } from '../harness/virtual-host.ts';

/** A server in this process with the other front end in its static directory, and a virtual host. One at a time. */
export interface OldServer {
  host: TestHost;
  url: string;
  api: Api;
  /** Waits until nothing is left of any streamer: no list entry, no process, no session on the host. */
  untilNothingStreams(): Promise<void>;
  /** The same, and no app either. */
  untilNothingRuns(): Promise<void>;
  close(): Promise<void>;
}

/** `changes`: environment variables to override; null unsets one. */
export async function startOldServer(
  options: VirtualHostOptions = {},
  changes: Record<string, string | null> = {},
): Promise<OldServer> {
  const stateDir = await mkdtemp(join(tmpdir(), 'moonshare-host-'));
  const host = await TestHost.start({ stateDir, ...options });
  const data = await newDataDirectory();
  const wanted = {
    ...environment(host, data),
    MOONSHARE_STATIC_DIR: fileURLToPath(new URL('other-front-end', import.meta.url)),
    ...changes,
  };
  const settings = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null));
  const config = loadConfig(settings as Record<string, string>);
  const server = await MoonshareServer.start({
    config: { ...config, credentials: CREDENTIALS },
    log: pino({ level: config.logLevel }),
  });
  const { url } = server;
  const api = new Api(url);
  const untilNothingStreams = async () => {
    const listed = () => api.call<{ streamers: unknown[] }>('GET', '/api/streamers');
    await poll('no streamer in the list', listed, ({ streamers }) => streamers.length === 0);
    await poll(
      'no streamer process',
      () => streamersOf(process.pid),
      (pids) => pids.length === 0,
    );
    await host.until('no session', ({ sessions }) => sessions.length === 0);
  };
  return {
    host,
    url,
    api,
    untilNothingStreams,
    untilNothingRuns: async () => {
      await untilNothingStreams();
      await host.until('no app', ({ app }) => app === null);
    },
    close: async () => {
      await server.close();
      await host.close();
      await Promise.all([data, stateDir].map((directory) => rm(directory, { recursive: true })));
    },
  };
}
