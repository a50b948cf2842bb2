import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { Api } from '../harness/api.ts';
import { run, streamersOf } from '../harness/processes.ts';
import { environment, newDataDirectory } from '../harness/stack.ts';
import { poll, TestHost } from '../harness/virtual-host.ts';

/** `moonshare serve` with the other front end in its static directory, and a virtual host. */
export interface OldServer {
  host: TestHost;
  url: string;
  api: Api;
  pid: number;
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
  const server = run(
    process.execPath,
    ['packages/server/cli/moonshare.ts', 'serve'],
    settings as Record<string, string>,
  );
  const line = await server.line(/^Moonshare listens on /);
  const url = line.replace('Moonshare listens on ', '').replace(/\/$/, '');
  const api = new Api(url);
  const pid = server.process.pid!;
  const untilNothingStreams = async () => {
    const listed = () => api.call<{ streamers: unknown[] }>('GET', '/api/streamers');
    await poll('no streamer in the list', listed, ({ streamers }) => streamers.length === 0);
    await poll(
      'no streamer process',
      () => streamersOf(pid),
      (pids) => pids.length === 0,
    );
    await host.until('no session', ({ sessions }) => sessions.length === 0);
  };
  return {
    host,
    url,
    api,
    pid,
    untilNothingStreams,
    untilNothingRuns: async () => {
      await untilNothingStreams();
      await host.until('no app', ({ app }) => app === null);
    },
    close: async () => {
      server.process.kill('SIGTERM');
      await server.exited;
      await host.close();
      await Promise.all([data, stateDir].map((directory) => rm(directory, { recursive: true })));
    },
  };
}
