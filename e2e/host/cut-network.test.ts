// A player whose network loses one kind of connection: real engines and real sockets, and a streamer of a real stream.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import {
  encodeInput,
  encodeMediaInput,
  encodeViewerHello,
  type TransportKind,
  type ViewerInput,
} from '@moonshare/contract';
import { createWebRtcEngine, type WebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { REPORT } from '../../packages/streamer/webrtc/testing/joined-viewer.ts';
import { NativePeer } from '../../packages/streamer/webrtc/testing/native-peer.ts';
import { UdpRelay } from '../../packages/streamer/webrtc/testing/udp-relay.ts';
import { WebSocketEngine } from '../../packages/streamer/websocket/engine.ts';
import { MediaBrowser } from '../../packages/streamer/websocket/testing/media-rig.ts';
import { TcpRelay } from '../../packages/streamer/websocket/testing/tcp-relay.ts';
import { PairedHost, until } from './paired-host.ts';
import { key, stopAllStreamers, TestStreamer } from './test-streamer.ts';

const W = 0x57;
const ADD: ViewerInput = { kind: 'controllerAdd', id: 0, supportedButtons: 0xffff, capabilities: 0x07 };
const PAD: ViewerInput = {
  kind: 'controllerState',
  id: 0,
  buttons: 0x1000,
  ...{ leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 },
};

let host: PairedHost;
let webrtc: WebRtcEngine;
let server: Server;
let streamer: TestStreamer;
let id: string;
let players = 0;
/** The browser's WebRTC; what is for an earlier one is dropped. */
let current: NativePeer | null = null;
/** What it is behind. */
let network: UdpRelay | null = null;

before(async () => {
  host = await PairedHost.start();
  webrtc = await createWebRtcEngine({ iceServers: [], udpPort: 0, bindAddress: '127.0.0.1', maxViewers: 4 });
  const websocket = new WebSocketEngine({ maxViewers: 4 });
  streamer = await TestStreamer.up(host, { network: { webrtc, websocket } });
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // As the server passes sockets on, without its checks.
  server.on('upgrade', ({ url = '', headers }, socket, head) => {
    const request = { url, headers: headers as Record<string, string> };
    socket.on('error', () => {});
    streamer.relay.receiveSocket(id, { socket, request, head });
  });
  streamer.listen((message) => {
    if (message.type !== 'negotiation' || current === null) return;
    const signal = network?.translate({ Signaling: message.message }) ?? null;
    if (signal !== null) current.receive(signal);
  });
});

after(async () => {
  await stopAllStreamers();
  server.closeAllConnections();
  server.close();
  await host.close();
});

beforeEach(() => {
  players += 1;
  id = `player ${players}`;
  [current, network] = [null, null];
  streamer.receive({ type: 'addPeer', peerId: id, role: 'full', transports: ['webrtc', 'websocket'] });
});

interface Browser {
  send(...events: ViewerInput[]): Promise<void>;
  /** The next packet or message of the picture. */
  picture(): Promise<unknown>;
  /** Its network goes dead: nobody is told. */
  cut(): void;
}

/** On WebRTC, with a picture. */
async function byWebRtc(t: TestContext): Promise<Browser & { peer: NativePeer }> {
  const relay = await UdpRelay.create(webrtc.port);
  const peer = new NativePeer('browser', { bindAddress: '127.0.0.1' });
  t.after(() => {
    peer.close();
    relay.close();
  });
  [current, network] = [peer, relay];
  peer.on('signal', (message) => {
    // Its own addresses would lead around the network.
    if ('Description' in message) streamer.receive({ type: 'fromPeer', peerId: id, message });
  });
  const ready = Promise.all([once(peer, 'open'), once(peer, 'rtp')]);
  peer.offer({ media: true });
  await ready;
  peer.sendRtcp(REPORT);
  return {
    peer,
    send: async (...events) => {
      for (const event of events) {
        const { channel, data } = encodeInput(event);
        (await peer.channel(channel)).sendMessageBinary(Buffer.from(data));
      }
    },
    picture: () => once(peer, 'rtp'),
    cut: () => {
      relay.isCut = true;
    },
  };
}

/** On a media socket, with a picture. */
async function bySocket(t: TestContext): Promise<Browser> {
  const relay = await TcpRelay.create((server.address() as AddressInfo).port);
  const browser = new MediaBrowser(relay.port);
  t.after(() => {
    browser.socket.terminate();
    relay.close();
  });
  await once(browser.socket, 'open');
  browser.send(encodeViewerHello({ wantsSound: true, takesSurround: false }));
  const picture = async () => browser.acknowledge(await browser.next('video'));
  await picture();
  return {
    send: async (...events) => {
      for (const event of events) browser.send(encodeMediaInput(encodeInput(event)));
    },
    picture,
    cut: () => relay.cut(),
  };
}

const use = (transport: TransportKind) => streamer.receive({ type: 'useTransport', peerId: id, transport });
const restart = () => streamer.receive({ type: 'restartWebRtc', peerId: id });
const packetsToHost = () => streamer.relay.stats().input.packets_to_host;
const idrRequests = () => streamer.relay.stats().host.idr_requests;
const carriers = () => streamer.sentOf('peerTransport', id).map(({ transport }) => transport);
const carried = (by: TransportKind) =>
  streamer.next((message) => message.type === 'peerTransport' && message.transport === by);
const keys = () => host.input('keyDown', 'keyUp');

/** Holds W and a button of a gamepad. */
async function hold(browser: Browser): Promise<void> {
  await browser.send(key(true, W), ADD);
  await until(
    () => host.state(),
    ({ heldKeys, gamepads }) => heldKeys.join() === String(W) && gamepads.length === 1,
  );
  const before = packetsToHost();
  await browser.send(PAD);
  await until(
    async () => packetsToHost(),
    (packets) => packets > before,
  );
}

async function nothingHeld(): Promise<void> {
  await until(
    () => host.state(),
    ({ heldKeys, gamepads }) => heldKeys.length === 0 && gamepads.length === 0,
  );
}

async function closed(): Promise<string | null> {
  if (streamer.sentOf('peerClosed', id).length === 0) await streamer.next(({ type }) => type === 'peerClosed');
  return streamer.sentOf('peerClosed', id)[0]?.error?.code ?? null;
}

// Takes the 8 s after which a browser counts as gone, as do the next two.
test('UDP is cut while somebody holds W and a button: the host sees neither a release nor a second press', async (t) => {
  const first = await byWebRtc(t);
  await hold(first);
  const [packets, seen, asked] = [packetsToHost(), await keys(), idrRequests()];

  first.cut();
  const socket = await bySocket(t);
  await carried('websocket');
  await socket.picture();
  // A browser that says again what it holds presses nothing.
  await socket.send(key(true, W));
  await socket.picture();

  // UDP comes back.
  restart();
  const second = await byWebRtc(t);
  use('webrtc');
  await second.picture();
  assert.equal(packetsToHost(), packets);
  assert.deepEqual(await keys(), seen);
  assert.deepEqual(carriers(), ['webrtc', 'websocket', 'webrtc']);
  // One for each change, and one more if the host takes its time.
  assert.ok(idrRequests() - asked <= 4, `${idrRequests() - asked} requests`);
  streamer.receive({ type: 'removePeer', peerId: id });
  await nothingHeld();
});

test('a media socket goes dead while somebody holds W and a button: WebRTC goes on, and the host sees nothing of it', async (t) => {
  const socket = await bySocket(t);
  await hold(socket);
  const [packets, seen, asked] = [packetsToHost(), await keys(), idrRequests()];

  restart();
  const first = await byWebRtc(t);
  assert.deepEqual(carriers(), ['websocket']);
  const left = carried('webrtc');
  socket.cut();
  // Its browser is there, and reports.
  const reports = setInterval(() => first.peer.sendRtcp(REPORT), 1_000);
  t.after(() => clearInterval(reports));
  await left;
  await first.picture();
  assert.equal(packetsToHost(), packets);
  assert.deepEqual(await keys(), seen);
  assert.ok(idrRequests() - asked <= 2, `${idrRequests() - asked} requests`);
  await first.send(key(false, W));
  await until(
    () => host.state(),
    ({ heldKeys }) => heldKeys.length === 0,
  );
  streamer.receive({ type: 'removePeer', peerId: id });
  await nothingHeld();
});

test('both go dead: everything is released, and the viewer is closed with the reason', async (t) => {
  const first = await byWebRtc(t);
  await hold(first);
  const socket = await bySocket(t);
  first.cut();
  socket.cut();
  assert.equal(await closed(), 'VIEWER_SILENT');
  await nothingHeld();
  assert.deepEqual(streamer.relay.stats().viewers, []);
});

test('changing back and forth over real sockets leaves nothing behind', async (t) => {
  const first = await byWebRtc(t);
  await hold(first);
  const packets = packetsToHost();
  for (let change = 0; change < 5; change += 1) {
    const socket = await bySocket(t);
    use('websocket');
    await socket.picture();
    restart();
    const again = await byWebRtc(t);
    use('webrtc');
    await again.picture();
  }
  assert.equal(packetsToHost(), packets);
  assert.deepEqual(
    streamer.relay.stats().viewers.map(({ peer_id, transport }) => [peer_id, transport]),
    [[id, 'webrtc']],
  );
  streamer.receive({ type: 'removePeer', peerId: id });
  await nothingHeld();
});
