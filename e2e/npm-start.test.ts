import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchChromium } from './harness/chromium.ts';
import { processes, run } from './harness/processes.ts';
import { someUdpPorts } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll } from './harness/virtual-host.ts';

test('npm start prints a link that shows the same live desktop in two browsers, and Ctrl+C ends it all', async () => {
  const start = run('npm', ['start', '--silent'], { PORT: '0', MOONSHARE_UDP_PORTS: someUdpPorts() });
  const browsers = await Promise.all([launchChromium(), launchChromium()]);
  try {
    const link = await start.line(/^http:\/\/127\.0\.0\.1:\d+\//);
    const viewers = await Promise.all(browsers.map((browser) => ViewerPage.open(browser, link)));
    await Promise.all(viewers.map((viewer) => viewer.waitForPicture()));
    const [a, b] = await Promise.all(viewers.map((viewer) => viewer.frames(60)));
    assert.ok(Math.max(a![0]!, b![0]!) < Math.min(a!.at(-1)!, b!.at(-1)!), `${a} and ${b} come from one stream`);
    await Promise.all(viewers.map((viewer) => viewer.close()));

    // A terminal's Ctrl+C goes to the whole group.
    process.kill(-start.process.pid!, 'SIGINT');
    await start.exited;
    await poll('the group to be gone', groupOf(start.process.pid!), (left) => left.length === 0);
  } finally {
    if ((await groupOf(start.process.pid!)()).length > 0) process.kill(-start.process.pid!, 'SIGKILL');
    await Promise.all(browsers.map((browser) => browser.close()));
  }
});

function groupOf(pgid: number) {
  return async () => (await processes()).filter(({ group }) => group === pgid);
}
