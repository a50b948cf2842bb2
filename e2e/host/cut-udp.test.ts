import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import { encodeInput, type ViewerInput } from '@moonshare/contract';
import { createWebRtcEngine, type WebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { REPORT } from '../../packages/streamer/webrtc/testing/joined-viewer.ts';
import { NativePeer } from '../../packages/streamer/webrtc/testing/native-peer.ts';
import { UdpRelay } from '../../packages/streamer/webrtc/testing/udp-relay.ts';
import { PairedHost, until } from './paired-host.ts';
import { connect, key, type MemoryTransport, stopAllStreamers, TestStreamer } from './test-streamer.ts';

const W = 0x57;
const ADD: ViewerInput = { kind: 'controllerAdd', id: 0, supportedButtons: 0xffff, capabilities: 0x07 };
const PAD: ViewerInput = {
  kind: 'controllerState',
  id: 0,
  buttons: 0x1000,
  ...{ leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 },
};
const ID = 'player';

let host: PairedHost;
let engine: WebRtcEngine;
let streamer: TestStreamer;
/** The browser's connection; what is for an earlier one is dropped. */
let current: NativePeer;

before(async () => {
  host = await PairedHost.start();
  engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, bindAddress: '127.0.0.1', maxViewers: 4 });
  streamer = await TestStreamer.up(host, { network: { webrtc: engine } });
});

after(async () => {
  await stopAllStreamers();
  await host.close();
});

/** A browser on real WebRTC, connected, whose packets all go through a network that can be cut. */
async function browse(t: TestContext): Promise<{ peer: NativePeer; network: UdpRelay }> {
  const network = await UdpRelay.create(engine.port);
  const peer = new NativePeer('browser', { bindAddress: '127.0.0.1' });
  t.after(() => {
    peer.close();
    network.close();
  });
  current = peer;
  streamer.listen((message) => {
    if (message.type !== 'negotiation' || current !== peer) return;
    const signal = network.translate({ Signaling: message.message });
    if (signal !== null) peer.receive(signal);
  });
  peer.on('signal', (message) => {
    // Its own addresses would lead around the network.
    if ('Description' in message) streamer.receive({ type: 'fromPeer', peerId: ID, message });
  });
  const ready = Promise.all([once(peer, 'open'), once(peer, 'rtp')]);
  peer.offer({ media: true });
  await ready;
  peer.sendRtcp(REPORT);
  return { peer, network };
}

async function send(peer: NativePeer, ...events: ViewerInput[]): Promise<void> {
  for (const event of events) {
    const { channel, data } = encodeInput(event);
    (await peer.channel(channel)).sendMessageBinary(Buffer.from(data));
  }
}

async function openSocket(): Promise<MemoryTransport> {
  const websocket = streamer.openSocket(ID);
  await connect(websocket);
  return websocket;
}

const packetsToHost = () => streamer.relay.stats().input.packets_to_host;
const carried = (by: string) =>
  streamer.next((message) => message.type === 'peerTransport' && message.transport === by);

// Takes the 8 s after which a browser on WebRTC counts as gone, twice.
test('UDP is cut while somebody holds W and a button: the host sees neither a release nor a second press', async (t) => {
  streamer.receive({ type: 'addPeer', peerId: ID, role: 'full', transports: ['webrtc', 'websocket'] });
  const first = await browse(t);
  await send(first.peer, key(true, W), ADD);
  await until(
    () => host.state(),
    ({ heldKeys, gamepads }) => heldKeys.join() === String(W) && gamepads.length === 1,
  );
  // The host answers a press with rumble.
  await send(first.peer, PAD);
  await until(
    async () => first.peer.messages,
    (messages) => messages.some((message) => message.startsWith('controllers ')),
  );
  const before = packetsToHost();
  const seen = await host.input('keyDown', 'keyUp');
  const { idr_requests } = streamer.relay.stats().host;

  first.network.isCut = true;
  const websocket = await openSocket();
  await carried('websocket');
  assert.equal(streamer.sentOf('peerClosed', ID).length, 0);
  await websocket.next();
  // A browser that says again what it holds presses nothing.
  websocket.input(key(true, W));
  assert.equal(packetsToHost(), before);
  // One, and one more if the host takes its time.
  assert.ok(streamer.relay.stats().host.idr_requests - idr_requests <= 2);

  // UDP comes back: WebRTC again.
  streamer.receive({ type: 'restartWebRtc', peerId: ID });
  const second = await browse(t);
  streamer.receive({ type: 'useTransport', peerId: ID, transport: 'webrtc' });
  await once(second.peer, 'rtp');
  assert.equal(streamer.websocket.transports.size, 0);
  assert.equal(packetsToHost(), before);
  assert.ok(streamer.relay.stats().host.idr_requests - idr_requests <= 4);
  assert.deepEqual(await host.input('keyDown', 'keyUp'), seen);

  // Nothing is left that carries it.
  second.network.isCut = true;
  await streamer.next(({ type }) => type === 'peerClosed');
  assert.equal(streamer.sentOf('peerClosed', ID)[0]?.error?.code, 'VIEWER_SILENT');
  await until(
    () => host.state(),
    ({ heldKeys, gamepads }) => heldKeys.length === 0 && gamepads.length === 0,
  );
  assert.deepEqual(
    streamer.sentOf('peerTransport', ID).map(({ transport }) => transport),
    ['webrtc', 'websocket', 'webrtc'],
  );
});
