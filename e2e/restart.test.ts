// `moonshare serve` ends and starts again under a running desktop: no unsaved work is lost. A killed server leaves a session and an
// app on the host, of which each kind of host makes something else. One that is told to end leaves the host as any streamer does,
// which host/wolf.test.ts and app-ends.test.ts look at on each kind: here one will do.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { Api, CREDENTIALS } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { type Command, isAlive, run, streamersOf } from './harness/processes.ts';
import { environment, newDataDirectory } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll, TestHost } from './harness/virtual-host.ts';

const UNSAVED = 'not saved';

let browser: Browser;
before(async () => {
  await buildWeb();
  browser = await launchChromium();
});
after(() => browser?.close());

for (const like of ['sunshine', 'wolf-2026', 'wolf'] as const) {
  describe(`a desktop on a host like ${like}`, () => {
    let host: TestHost;
    let data: string;
    let env: Record<string, string>;
    let server: Command;
    let api: Api;

    before(async () => {
      host = await TestHost.start({ like });
      data = await newDataDirectory();
      env = environment(host, data);
      await start();
      await api.pair();
    });
    after(async () => {
      server.process.kill('SIGTERM');
      await server.exited;
      await host.close();
      await rm(data, { recursive: true });
    });

    async function start(): Promise<void> {
      server = run(process.execPath, ['packages/server/cli/moonshare.ts', 'serve'], env);
      const line = await server.line(/^Moonshare listens on /);
      api = new Api(line.replace('Moonshare listens on ', '').replace(/\/$/, ''));
      // Pages reconnect to the same address.
      env.PORT = new URL(api.url).port;
    }

    async function end(signal: NodeJS.Signals): Promise<void> {
      const streamers = await streamersOf(server.process.pid!);
      server.process.kill(signal);
      await server.exited;
      // A server that is told to end waits for its streamers; those of one that was killed end by themselves.
      if (signal === 'SIGTERM') assert.deepEqual(await Promise.all(streamers.map(isAlive)), [false]);
      for (const pid of streamers) {
        await poll(
          'the streamer to end',
          () => isAlive(pid),
          (alive) => !alive,
        );
      }
    }

    const active = (id: string) =>
      poll(
        `streamer ${id}`,
        () => api.streamer(id),
        ({ status }) => status === 'active',
      );
    const type = (id: string, text: string) =>
      api.call('POST', `/api/streamers/${id}/input`, { events: [{ kind: 'text', text }] });

    const signals: NodeJS.Signals[] = like === 'sunshine' ? ['SIGTERM', 'SIGKILL'] : ['SIGKILL'];
    for (const signal of signals) {
      test(`${signal} does not harm a streamer set by PUT: its page gets the picture back, and DELETE still ends the app`, async () => {
        await api.ensureStreamer('wanted');
        const viewer = await ViewerPage.open(browser, `${api.url}/s/wanted#token=${CREDENTIALS}`);
        await viewer.frames(5);
        await type('wanted', UNSAVED);
        const { appStarts: before } = await host.until('the text', ({ text }) => text === UNSAVED);

        await end(signal);
        const { app, sessions } = await host.until('no session', (state) => state.sessions.length === 0);
        assert.notEqual(app, null);
        assert.deepEqual(sessions, []);
        await viewer.says(/Retrying automatically/);

        await start();
        await active('wanted');
        await viewer.waitForPicture();
        await viewer.frames(5);
        await host.until('one session', (state) => state.sessions.length === 1);
        const { text, appStarts } = await host.state();
        assert.deepEqual([text, appStarts], [UNSAVED, before]);

        await api.call('DELETE', '/api/streamers/wanted');
        await host.until('no app', (state) => state.app === null);
        await viewer.close();
      });

      test(`${signal} ends the app of a streamer started by POST`, async () => {
        await api.createStreamer('plain');
        const viewer = await ViewerPage.open(browser, `${api.url}/s/plain#token=${CREDENTIALS}`);
        await viewer.frames(5);
        await end(signal);
        if (signal === 'SIGTERM') {
          await viewer.says(/The stream has ended/);
          await host.until('no app', ({ app, sessions }) => app === null && sessions.length === 0);
        }
        await start();
        await host.until('no app', ({ app, sessions }) => app === null && sessions.length === 0);
        await viewer.close();
      });
    }
  });
}
