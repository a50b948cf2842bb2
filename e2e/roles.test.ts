import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import {
  type CreatedLink,
  encodeInput,
  type PeerToken,
  parseServerSignal,
  type ViewerInput,
} from '@moonshare/contract';
import type { DataChannel } from 'node-datachannel';
import { WebSocket } from 'ws';
import { NativePeer } from '../packages/streamer/webrtc/testing/native-peer.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

// What a link's role allows, against somebody who writes the messages by hand.

const ID = 'shared';
/** Every label that carries input, and two that carry none. */
const LABELS = ['mouse', 'mouseClicks', 'mouseAbsolute', 'mouseRelative', 'keyboard', 'touch', 'controllers'];
const PADS = ['controller0', 'controller1', 'controller15'];
const OTHERS = ['general', 'host'];

const KEY_A = 65;
const EVENTS: ViewerInput[] = [
  { kind: 'mouseMove', dx: 5, dy: 5 },
  { kind: 'mousePosition', x: 10, y: 10, width: 640, height: 360 },
  ...[1, 2, 3, 4, 5].flatMap((button) =>
    [true, false].map((down): ViewerInput => ({ kind: 'mouseButton', down, button })),
  ),
  { kind: 'wheelPixels', dx: 500, dy: 500 },
  { kind: 'wheelNotches', dx: 1, dy: 1 },
  { kind: 'key', down: true, modifiers: 15, virtualKey: KEY_A },
  { kind: 'key', down: false, modifiers: 0, virtualKey: KEY_A },
  { kind: 'text', text: 'rm -rf' },
  ...(['down', 'move', 'up'] as const).map(
    (event): ViewerInput => ({
      kind: 'touch',
      event,
      pointerId: 1,
      x: 0.5,
      y: 0.5,
      pressure: 1,
      contactMajor: 0,
      contactMinor: 0,
      rotation: 0,
    }),
  ),
  { kind: 'controllerAdd', id: 0, supportedButtons: 0xffff, capabilities: 3 },
  {
    kind: 'controllerState',
    id: 0,
    buttons: 0x1000,
    leftTrigger: 9,
    rightTrigger: 9,
    leftX: 9,
    leftY: 9,
    rightX: 9,
    rightY: 9,
  },
];
const MESSAGES = EVENTS.map((event) => encodeInput(event).data);

let stack: Stack;

before(async () => {
  stack = await Stack.start();
  await stack.api.createStreamer(ID);
});
after(() => stack?.close());

async function makeLink(role: string): Promise<string> {
  const { url } = await stack.api.call<CreatedLink>('POST', `/api/streamers/${ID}/links`, { role });
  return new URLSearchParams(new URL(url).hash.slice(1)).get('token')!;
}

function ask(token: string, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${stack.api.url}/api/streamers${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A viewer with this link, without a page. */
async function connect(context: TestContext, link: string): Promise<{ peer: NativePeer; id: string }> {
  const { token } = (await (await ask(link, 'POST', `/${ID}/token`)).json()) as PeerToken;
  const before = new Set((await stack.api.streamer(ID)).peers.map(({ peer_id }) => peer_id));
  const socket = new WebSocket(`${stack.api.url.replace('http', 'ws')}/api/streamers/${ID}/peer?token=${token}`);
  const peer = new NativePeer(link);
  context.after(() => {
    peer.close();
    socket.close();
  });
  const open = once(peer, 'open');
  peer.on('signal', (message) => socket.send(JSON.stringify({ Signaling: message })));
  socket.on('message', (data) => {
    const signal = parseServerSignal(String(data));
    if (signal === null || typeof signal !== 'object') return;
    if ('WebRtcConfig' in signal) peer.offer({ media: true });
    else peer.receive(signal);
  });
  await open;
  const { peers } = await stack.api.streamer(ID);
  const { peer_id } = peers.find(({ peer_id: id }) => !before.has(id))!;
  return { peer, id: peer_id };
}

/** Open, or closed again by the streamer. */
async function channel(peer: NativePeer, label: string): Promise<DataChannel> {
  if (peer.channels.has(label)) return peer.channel(label);
  const made = peer.native.createDataChannel(label);
  made.onClosed(() => {});
  peer.channels.set(label, made);
  await poll(
    `the channel ${label} to open`,
    async () => made.isOpen() || isClosed(made),
    (wasOpened) => wasOpened,
  );
  return made;
}

/** Found out by sending: the library reports a close only to listeners that it had before. */
function isClosed(channel: DataChannel): boolean {
  try {
    channel.sendMessage('');
    return false;
  } catch (error) {
    return /closed|destroyed/.test(String(error));
  }
}

/** Every message on every channel, as binary and as text. */
async function sendEverything(peer: NativePeer): Promise<void> {
  for (const label of [...LABELS, ...PADS, ...OTHERS]) {
    const open = await channel(peer, label);
    for (const message of MESSAGES) {
      try {
        open.sendMessageBinary(Buffer.from(message));
        open.sendMessage(Buffer.from(message).toString('latin1'));
      } catch (error) {
        // The streamer closes a channel that carries no input, at any moment.
        if (open.isOpen()) throw error;
        break;
      }
    }
  }
}

/** Resolves when the streamer has everything that this peer sent: it has closed a last channel, which it has no use for. */
async function arrived(peer: NativePeer): Promise<void> {
  const last = peer.native.createDataChannel('the last');
  last.onClosed(() => {});
  await poll(
    'the last channel to be closed',
    async () => isClosed(last),
    (closed) => closed,
  );
}

/** An agent types this one letter, which takes the same way to the host as viewers' input. Returns how many events came before. */
async function mark(letter: string): Promise<number> {
  await stack.api.call('POST', `/api/streamers/${ID}/input`, { events: [{ kind: 'text', text: letter }] });
  const input = await stack.host.untilInput('the agent', (all) => all.some(({ text }) => text === letter));
  return input.findIndex(({ text }) => text === letter);
}

test('the streamer enforces the role: nothing a watcher sends on any channel reaches the host, of a player only the gamepad', async (context) => {
  let from = await mark('1');
  for (const [role, allowed, end] of [
    ['watch', [], '2'],
    ['gamepad', ['controllerArrival', 'controllerState'], '3'],
  ] as const) {
    const viewer = await connect(context, await makeLink(role));
    await sendEverything(viewer.peer);
    await arrived(viewer.peer);
    const to = await mark(end);
    const seen = (await stack.host.input()).slice(from + 1, to).map(({ kind }) => kind);
    assert.deepEqual([...new Set(seen)].sort(), [...allowed].sort(), role);
    from = to;
  }
  // From someone who may do everything, all of it arrives: the test would see it.
  const { peer } = await connect(context, await makeLink('full'));
  for (const message of EVENTS.map(encodeInput)) {
    (await channel(peer, message.channel)).sendMessageBinary(Buffer.from(message.data));
  }
  const wanted = ['keyDown', 'keyUp', 'mouseDown', 'mouseUp', 'mouseMove', 'mousePosition', 'scroll', 'text', 'touch'];
  await stack.host.untilInput('all kinds', (all) => wanted.every((kind) => all.some((one) => one.kind === kind)));
});

test('no token of a link can type through the API, create links or end the stream', async () => {
  const from = await mark('4');
  for (const role of ['watch', 'gamepad', 'full']) {
    const link = await makeLink(role);
    const { token, renewal } = (await (await ask(link, 'POST', `/${ID}/token`)).json()) as PeerToken;
    for (const secret of [link, token, renewal!]) {
      const body = { events: [{ kind: 'key', down: true, virtualKey: KEY_A }] };
      const answers = [
        await ask(secret, 'POST', `/${ID}/input`, body),
        await ask(secret, 'POST', `/${ID}/links`, { role: 'full' }),
        await ask(secret, 'GET', `/${ID}/links`),
        await ask(secret, 'GET', ''),
        await ask(secret, 'PUT', `/${ID}`, {}),
        await ask(secret, 'DELETE', `/${ID}`),
      ];
      for (const { status, url } of answers) assert.equal(status, 401, `${role} ${url}`);
    }
  }
  const to = await mark('5');
  assert.ok(!(await stack.host.input()).slice(from, to).some(({ kind }) => kind === 'keyDown'));
  assert.equal((await stack.api.streamer(ID)).status, 'active');
});
