import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import {
  type CreatedLink,
  encodeInput,
  type PeerToken,
  parseServerSignal,
  type TransportKind,
  type ViewerInput,
} from '@moonshare/contract';
import type { DataChannel } from 'node-datachannel';
import { WebSocket } from 'ws';
import { NativePeer } from '../packages/streamer/webrtc/testing/native-peer.ts';
import { MediaSocketPeer } from './harness/media-socket-peer.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

// What a link's role allows, against somebody who writes the messages by hand.

const ID = 'shared';
/** Every label that carries input, and two that carry none. */
const LABELS = ['mouse', 'mouseClicks', 'mouseAbsolute', 'mouseRelative', 'keyboard', 'touch', 'controllers'];
const PADS = ['controller0', 'controller1', 'controller15'];
const OTHERS = ['general', 'host'];
/** Input on a media socket, and the channels that it names: all of them, and some that there are not (protocol/6 §3). */
const INPUT = 131;
const SOCKET_CHANNELS = [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 255];

const KEY_A = 65;
/** Letters that nobody else types. */
const FIRST_MARK = 0x3b1;
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

/** A viewer without a page, who writes messages by hand. */
interface Writer {
  send(event: ViewerInput): Promise<void>;
  /** Every message on every channel, as binary and as text. */
  sendEverything(): Promise<void>;
  /** Resolves when the streamer has everything that was sent. */
  arrived(): Promise<void>;
}

/** Joins with this link; resolves once it has a picture. */
async function connect(context: TestContext, link: string, transport: TransportKind): Promise<Writer> {
  const { token } = (await (await ask(link, 'POST', `/${ID}/token`)).json()) as PeerToken;
  const socket = new WebSocket(
    `${stack.api.url.replace('http', 'ws')}/api/streamers/${ID}/peer?events=1&token=${token}`,
  );
  context.after(() => socket.close());
  return transport === 'webrtc' ? overWebRtc(context, socket) : overWebSocket(context, socket);
}

async function overWebRtc(context: TestContext, socket: WebSocket): Promise<Writer> {
  const peer = new NativePeer('writer');
  context.after(() => peer.close());
  const open = once(peer, 'open');
  peer.on('signal', (message) => socket.send(JSON.stringify({ Signaling: message })));
  socket.on('message', (data) => {
    const signal = parseServerSignal(String(data));
    if (signal === null || typeof signal !== 'object') return;
    if ('WebRtcConfig' in signal) peer.offer({ media: true });
    else peer.receive(signal);
  });
  await open;
  return {
    send: async (event) => {
      const { channel: label, data } = encodeInput(event);
      (await channel(peer, label)).sendMessageBinary(Buffer.from(data));
    },
    sendEverything: () => sendOnAllChannels(peer),
    arrived: () => arrived(peer),
  };
}

async function overWebSocket(context: TestContext, socket: WebSocket): Promise<Writer> {
  const { promise: opened, resolve } = Promise.withResolvers<MediaSocketPeer>();
  socket.on('message', (data) => {
    const signal = parseServerSignal(String(data));
    if (signal === null || typeof signal !== 'object') return;
    if ('WebRtcConfig' in signal) socket.send(JSON.stringify({ GetMediaTicket: {} }));
    else if ('MediaTicket' in signal) resolve(new MediaSocketPeer(stack.api.url, ID, signal.MediaTicket.ticket));
  });
  const peer = await opened;
  context.after(() => peer.close());
  await once(peer, 'frame');
  return {
    send: async (event) => peer.send(event),
    sendEverything: async () => {
      for (const number of SOCKET_CHANNELS)
        for (const message of MESSAGES) {
          const bytes = Buffer.from([INPUT, number, ...message]);
          peer.sendRaw(bytes);
          peer.sendRaw(bytes.toString('latin1'));
        }
    },
    arrived: () => peer.arrived(),
  };
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

async function sendOnAllChannels(peer: NativePeer): Promise<void> {
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

let marks = 0;

/** An agent types a letter of its own, which takes the same way to the host as viewers' input. Returns how many events came before. */
async function mark(): Promise<number> {
  const letter = String.fromCodePoint(FIRST_MARK + marks);
  marks += 1;
  await stack.api.call('POST', `/api/streamers/${ID}/input`, { events: [{ kind: 'text', text: letter }] });
  const input = await stack.host.untilInput('the agent', (all) => all.some(({ text }) => text === letter));
  return input.findIndex(({ text }) => text === letter);
}

for (const transport of ['webrtc', 'websocket'] as const)
  test(`over ${transport} the streamer enforces the role: nothing a watcher sends on any channel reaches the host, of a player only the gamepad`, async (context) => {
    let from = await mark();
    for (const [role, allowed] of [
      ['watch', []],
      ['gamepad', ['controllerArrival', 'controllerState']],
    ] as const) {
      const viewer = await connect(context, await makeLink(role), transport);
      await viewer.sendEverything();
      await viewer.arrived();
      const to = await mark();
      const seen = (await stack.host.input()).slice(from + 1, to).map(({ kind }) => kind);
      assert.deepEqual([...new Set(seen)].sort(), [...allowed].sort(), role);
      from = to;
    }
    // From someone who may do everything, all of it arrives: the test would see it.
    const free = await connect(context, await makeLink('full'), transport);
    for (const event of EVENTS) await free.send(event);
    const wanted = [
      'keyDown',
      'keyUp',
      'mouseDown',
      'mouseUp',
      'mouseMove',
      'mousePosition',
      'scroll',
      'text',
      'touch',
    ];
    await stack.host.untilInput('all kinds', (all) =>
      wanted.every((kind) => all.slice(from).some((one) => one.kind === kind)),
    );
  });

test('no token of a link can type through the API, create links or end the stream', async () => {
  const from = await mark();
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
  const to = await mark();
  assert.ok(!(await stack.host.input()).slice(from, to).some(({ kind }) => kind === 'keyDown'));
  assert.equal((await stack.api.streamer(ID)).status, 'active');
});
