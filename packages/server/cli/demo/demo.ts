import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStreamerSchema, MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import { aborted } from '../../abort.ts';
import type { Config } from '../../config/settings.ts';
import type { Host } from '../../hosts/host.ts';
import { isLoopback, onlyHere } from '../../loopback.ts';
import { MoonshareServer } from '../../server.ts';
import { chooseApp } from '../choose-app.ts';
import { showFirstAdmin } from '../first-admin.ts';
import { pairWithPerson } from './real-host.ts';
import { startVirtualHost } from './virtual-host.ts';

const STREAMER_ID = 'demo';
/** The virtual host's; the last one is a small desktop that shows what clicks and keys do. */
const APPS = ['--app=Desktop', '--app=Test Game', '--app=Desktop demo'];

/**
 * From nothing to a link: a host (virtual, or the one in MOONSHARE_HOST), a server, a streamer. The link is passed to `started`.
 * Resolves when `signal` has aborted and everything has ended; a failure ends everything too.
 */
export async function demo(
  config: Config,
  log: Logger,
  options: { signal: AbortSignal; progress: (line: string) => void; started: (link: string) => void },
): Promise<void> {
  const { signal, progress } = options;
  const cleanUp: (() => Promise<unknown>)[] = [];
  // Newest first: the streamers leave the host before it ends.
  const undo = async () => {
    while (cleanUp.length > 0) await cleanUp.pop()!();
  };
  const stop = aborted(signal);
  const run = async () => {
    const link = await (config.demoHost === undefined
      ? startOnVirtualHost({ config, log, progress, cleanUp, signal })
      : startOnRealHost({ config, log, progress, cleanUp, signal, target: config.demoHost }));
    signal.throwIfAborted();
    options.started(link);
    const hint = isLoopback(config.bind) ? null : onlyHere(link);
    if (hint !== null) progress(hint);
    progress('Open this link in one or more browsers. Press Ctrl+C to stop');
    await stop;
  };
  const running = run();
  try {
    await Promise.race([running, stop]);
  } finally {
    if (signal.aborted) progress('Ending');
    await undo();
    // Whatever was being started has failed by now, or has started and must be undone as well.
    await running.catch(() => {});
    await undo();
  }
}

interface Demo {
  config: Config;
  log: Logger;
  progress: (line: string) => void;
  signal: AbortSignal;
  /** What has to be undone, in the order in which it was done. */
  cleanUp: (() => Promise<unknown>)[];
}

async function startOnVirtualHost(options: Demo): Promise<string> {
  // Each start creates a new virtual host, so there is nothing to keep.
  const data = await mkdtemp(join(tmpdir(), 'moonshare-demo-'));
  options.cleanUp.push(() => rm(data, { recursive: true, force: true }));
  const pin = String(randomInt(10_000)).padStart(4, '0');
  const server = await startServer({ ...options, config: { ...options.config, data, internalPairingPin: pin } });
  options.progress('Starting the virtual host');
  const virtualHost = await startVirtualHost(pin, APPS, options.signal);
  // Before the server in the list, so that it ends after the server.
  options.cleanUp.splice(1, 0, () => virtualHost.close());
  options.signal.throwIfAborted();
  const host = await server.hosts.add(virtualHost);
  options.progress('Pairing');
  await host.pair(AbortSignal.any([options.signal, AbortSignal.timeout(30_000)])).paired;
  return stream(options, server, host);
}

async function startOnRealHost(options: Demo & { target: { address: string; httpPort: number } }): Promise<string> {
  const server = await startServer(options);
  options.progress(`Contacting the host ${options.target.address}`);
  const host = await server.hosts.add(options.target);
  await pairWithPerson(host, { ...options, pinIsShared: options.config.internalPairingPin !== undefined });
  return stream(options, server, host);
}

async function startServer({ config, log, cleanUp, progress, signal }: Demo): Promise<MoonshareServer> {
  signal.throwIfAborted();
  const server = await MoonshareServer.start({ config, log });
  cleanUp.push(() => server.close({ waitsFor: (what) => progress(`Waiting for ${what}`) }));
  signal.throwIfAborted();
  showFirstAdmin(server);
  if (server.hasPage) return server;
  throw new MoonshareError('NOT_FOUND', { message: 'The web app is not built', hint: 'Run npm run build first.' });
}

async function stream({ config, progress, signal }: Demo, server: MoonshareServer, host: Host): Promise<string> {
  const app = chooseApp(await host.apps(), config.demoApp, 'MOONSHARE_APP');
  signal.throwIfAborted();
  progress(`Starting the stream of ${app.title}`);
  const request = createStreamerSchema.parse({
    streamer_id: STREAMER_ID,
    client_unique_id: STREAMER_ID,
    host_id: host.id,
    app_id: app.app_id,
  });
  const started = server.streamers.create(request, { ownerId: null, wait: true });
  let stage: string | null = null;
  const poll = setInterval(() => {
    const now = server.streamers.all()[0]?.info().stage ?? null;
    if (now !== null && now !== stage) progress(now);
    stage = now;
  }, 500);
  try {
    await started;
  } finally {
    clearInterval(poll);
  }
  return server.link(STREAMER_ID, 'full');
}
