import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { FirefoxPage, firefoxPath } from './harness/firefox.ts';

// The page's keyboard handling in a real Firefox, without a stream: Debian's build has no H.264 for WebRTC.

const PACKAGES = new URL('../packages/', import.meta.url);
const PAGE = `<textarea></textarea>
<script type="importmap">{ "imports": { "@moonshare/contract/browser": "/contract/browser.ts" } }</script>
<script type="module">
import { KeyboardState } from '/client/input/keyboard/keyboard-state.ts';
import { listenToKeyboard } from '/client/input/keyboard/keyboard-listener.ts';
const field = document.querySelector('textarea');
window.sent = [];
const settings = { commandIsControl: false, matchLocks: false };
const state = new KeyboardState({ platform: 'linux', settings });
const send = (e) => sent.push(e.kind === 'text' ? JSON.stringify(e.text) : (e.down ? '+' : '-') + e.virtualKey.toString(16));
const listener = listenToKeyboard({ state, field, send, releaseRequested: () => sent.push('out') });
window.leave = () => {
  listener.handle({ type: 'left' });
  return '';
};
window.take = () => {
  field.focus();
  listener.handle({ type: 'taken' });
  return '';
};
window.host = () => new Promise((done) => setTimeout(() => done(sent.splice(0).join(' ') + '|' + field.value), 60));
window.ready = true;
</script>`;

const path = firefoxPath();
let server: Server;
let page: FirefoxPage;

before(async () => {
  assert.ok(path !== null, 'Firefox is missing: run "apt install firefox-esr", or set FIREFOX_PATH to its path.');
  server = createServer(async (request, response) => {
    if (request.url === '/') return void response.setHeader('content-type', 'text/html').end(PAGE);
    const code = await readFile(new URL(`.${request.url}`, PACKAGES), 'utf8').catch(() => null);
    if (code === null) return void response.writeHead(404).end();
    response.setHeader('content-type', 'text/javascript').end(stripTypeScriptTypes(code));
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  page = await FirefoxPage.open(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  assert.equal(await page.evaluate('String(window.ready)'), 'true');
});
after(async () => {
  await page?.close();
  server?.close();
});

const host = () => page.evaluate('window.host()');
const take = () => page.evaluate('window.take()');
const leave = () => page.evaluate('window.leave()');
const [SHIFT, CONTROL, ALT, ENTER] = ['\uE008', '\uE009', '\uE00A', '\uE007'];

test('keys, modifiers and a capital arrive as physical keys, and nothing stays in the field', async () => {
  await take();
  await page.keys('+a', '-a', `+${SHIFT}`, '+B', '-B', `-${SHIFT}`, `+${ENTER}`, `-${ENTER}`);
  assert.equal(await host(), '+41 -41 +a0 +42 -42 -a0 +d -d|');
  await page.keys(`+${CONTROL}`, '+c', '-c', `-${CONTROL}`);
  assert.equal(await host(), '+a2 +43 -43 -a2|');
  // Pressed alone, it waits in vain for the other half of AltGr.
  await page.keys(`+${CONTROL}`);
  assert.equal(await host(), '+a2|');
  await page.keys(`-${CONTROL}`);
  assert.equal(await host(), '-a2|');
});

test('a character without a physical key is sent as text', async () => {
  await page.keys('+é', '-é');
  assert.equal(await host(), '"é"|');
});

test('Ctrl+Alt+Shift+Z releases the keyboard, and a field without focus holds no keys', async () => {
  await page.keys(`+${CONTROL}`, `+${ALT}`, `+${SHIFT}`, '+Z', '-Z', `-${SHIFT}`, `-${ALT}`, `-${CONTROL}`);
  assert.equal(await host(), '+a2 +a4 +a0 -a2 -a4 -a0 out|');
  await leave();
  await take();
  await page.keys('+w');
  await leave();
  await page.keys('-w');
  assert.equal(await host(), '+57 -57|');
});
