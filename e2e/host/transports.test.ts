import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { MoonshareError, type TransportKind, type ViewerInput } from '@moonshare/contract';
import { PairedHost, until } from './paired-host.ts';
import {
  assertDecodable,
  connect,
  key,
  type MemoryTransport,
  stopAllStreamers,
  TestStreamer,
} from './test-streamer.ts';

const W = 0x57;
const ADD: ViewerInput = { kind: 'controllerAdd', id: 0, supportedButtons: 0xffff, capabilities: 0x07 };
const PAD: ViewerInput = {
  kind: 'controllerState',
  id: 0,
  buttons: 0x1000,
  ...{ leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 },
};
const SILENT = new MoonshareError('VIEWER_SILENT');

after(stopAllStreamers);

describe('a viewer whose transport changes', () => {
  let host: PairedHost;
  let streamer: TestStreamer;
  let id: string;
  let viewers = 0;

  before(async () => {
    host = await PairedHost.start();
    streamer = await TestStreamer.up(host);
  });

  after(async () => {
    await streamer.stop(true);
    await host.close();
  });

  beforeEach(() => {
    viewers += 1;
    id = `viewer ${viewers}`;
  });

  const heldKeys = (wanted: number[]) =>
    until(
      () => host.state(),
      (state) => JSON.stringify(state.heldKeys) === JSON.stringify(wanted),
    );
  const use = (transport: TransportKind) => streamer.receive({ type: 'useTransport', peerId: id, transport });
  const idrRequests = async () => (await host.state()).sessions[0]!.idrRequests;
  const packetsToHost = () => streamer.relay.stats().input.packets_to_host;
  const transportsOf = () => streamer.sentOf('peerTransport', id).map(({ transport }) => transport);

  /** Watches over WebRTC, and holds W and a button of its gamepad. */
  async function holding(): Promise<MemoryTransport> {
    const webrtc = streamer.join(id);
    await connect(webrtc);
    webrtc.input(ADD, key(true, W), PAD);
    await heldKeys([W]);
    await until(
      async () => webrtc.feedback,
      (felt) => felt.length > 0,
    );
    return webrtc;
  }

  test('holds what it held, at the cost of one key frame at most, in either direction', async () => {
    const webrtc = await holding();
    const [packets, requests] = [packetsToHost(), await idrRequests()];
    const websocket = streamer.openSocket(id);
    await connect(websocket);
    // Both carry for a moment.
    await Promise.all([webrtc.next(), websocket.next()]);
    use('websocket');
    assert.equal(streamer.webrtc.transports.has(id), false);
    // One, and one more if the host takes its time.
    assert.ok((await idrRequests()) - requests <= 2);
    streamer.receive({ type: 'restartWebRtc', peerId: id });
    const again = streamer.webrtc.transports.get(id)!;
    await connect(again);
    use('webrtc');
    await again.next();
    assert.equal(streamer.websocket.transports.has(id), false);
    assert.ok((await idrRequests()) - requests <= 4);
    for (const transport of [webrtc, websocket, again]) assertDecodable(transport);
    assert.equal(packetsToHost(), packets);
    assert.deepEqual((await host.state()).heldKeys, [W]);
    assert.deepEqual(transportsOf(), ['webrtc', 'websocket', 'webrtc']);
    again.input(key(false, W));
    await heldKeys([]);
    const [stats] = streamer.relay.stats().viewers.filter(({ peer_id }) => peer_id === id);
    const units = [webrtc, websocket, again].reduce((sum, transport) => sum + transport.units.length, 0);
    assert.deepEqual([stats?.frames_sent, stats?.transport], [units, 'webrtc']);
    streamer.receive({ type: 'removePeer', peerId: id });
  });

  test('holds what it held when the transport that carries it dies without a word', async () => {
    const webrtc = await holding();
    const packets = packetsToHost();
    const websocket = streamer.openSocket(id);
    await connect(websocket);
    webrtc.fallSilent();
    webrtc.close(SILENT);
    await websocket.next();
    assert.equal(packetsToHost(), packets);
    assert.deepEqual(streamer.sentOf('peerClosed', id), []);
    websocket.input(key(true, W));
    assert.equal(packetsToHost(), packets);
    // And the other way round.
    streamer.receive({ type: 'restartWebRtc', peerId: id });
    const again = streamer.webrtc.transports.get(id)!;
    await connect(again);
    websocket.close(SILENT);
    assert.equal(packetsToHost(), packets);
    assert.deepEqual((await host.state()).heldKeys, [W]);
    assert.deepEqual(transportsOf(), ['webrtc', 'websocket', 'webrtc']);
    streamer.receive({ type: 'removePeer', peerId: id });
    await heldKeys([]);
  });

  test('releases everything when both die, and is closed with the reason of the last', async () => {
    const webrtc = await holding();
    const websocket = streamer.openSocket(id);
    await connect(websocket);
    websocket.close(null);
    webrtc.close(SILENT);
    const [closed] = streamer.sentOf('peerClosed', id);
    assert.equal(closed?.error?.code, 'VIEWER_SILENT');
    await heldKeys([]);
    await until(
      () => host.state(),
      ({ gamepads }) => gamepads.length === 0,
    );
  });

  test('holds what it held while the next transport is being opened, but not for long', async () => {
    const webrtc = await holding();
    const packets = packetsToHost();
    const websocket = streamer.openSocket(id);
    webrtc.close(SILENT);
    assert.equal(packetsToHost(), packets);
    await connect(websocket);
    streamer.openSocket(id);
    await heldKeys([]);
    assert.deepEqual(streamer.sentOf('peerClosed', id), []);
    streamer.receive({ type: 'removePeer', peerId: id });
  });

  test('releases everything at once if the transport that was being opened fails', async () => {
    const webrtc = await holding();
    const websocket = streamer.openSocket(id);
    webrtc.close(SILENT);
    websocket.close(new MoonshareError('VIEWER_UNREACHABLE'));
    const packets = packetsToHost();
    await heldKeys([]);
    assert.equal(packetsToHost(), packets);
    assert.equal(streamer.sentOf('peerClosed', id)[0]?.error?.code, 'VIEWER_UNREACHABLE');
  });

  test('may not use a transport that it is not allowed, and nobody else may take its place', async () => {
    const sockets = [new PassThrough(), new PassThrough()];
    const request = { url: '/', headers: {} };
    streamer.relay.receive({ type: 'addPeer', peerId: id, role: 'full' });
    streamer.relay.receiveSocket(id, { socket: sockets[0]!, request, head: Buffer.alloc(0) });
    streamer.relay.receiveSocket('nobody', { socket: sockets[1]!, request, head: Buffer.alloc(0) });
    for (const type of ['restartWebRtc', 'getLastFrame', 'removePeer'] as const)
      streamer.receive({ type, peerId: 'nobody' });
    streamer.receive({ type: 'useTransport', peerId: 'nobody', transport: 'webrtc' });
    assert.deepEqual(
      sockets.map(({ destroyed }) => destroyed),
      [true, true],
    );
    assert.equal(streamer.websocket.transports.size, 0);
    streamer.receive({ type: 'removePeer', peerId: id });
    const only = `${id} by socket`;
    streamer.receive({ type: 'addPeer', peerId: only, role: 'full', transports: ['websocket'] });
    streamer.receive({ type: 'restartWebRtc', peerId: only });
    streamer.receive({ type: 'fromPeer', peerId: only, message: { Description: { ty: 'offer', sdp: '' } } });
    assert.equal(streamer.webrtc.transports.has(only), false);
    await connect(streamer.openSocket(only));
    streamer.receive({ type: 'removePeer', peerId: only });
    assert.deepEqual(streamer.sentOf('peerClosed', only), [{ type: 'peerClosed', peerId: only, error: null }]);
  });

  // The last one: its clock is ahead of that of the others.
  test('a hundred times leaves nothing behind, and costs no more key frames than one that keeps joining', async (t) => {
    const webrtc = await holding();
    const packets = packetsToHost();
    const requests = () => streamer.relay.stats().host.idr_requests;
    const clock = performance.now.bind(performance);
    let later = 0;
    const time = t.mock.method(performance, 'now', () => clock() + later);
    const start = performance.now();
    let cost = 0;
    for (let change = 0; change < 100; change += 1) {
      later += 400;
      const asked = requests();
      const answered = webrtc.next(({ keyFrame }) => keyFrame);
      const websocket = streamer.openSocket(id);
      websocket.events.opened();
      websocket.events.connected();
      websocket.close(change % 2 === 0 ? null : SILENT);
      if (requests() === asked) continue;
      cost += 1;
      // The need of the next one is another.
      await answered;
    }
    const seconds = (performance.now() - start) / 1000;
    time.mock.restore();
    // One in 350 ms would be all 100: eight at once and one more in four seconds, and else 0.35, 1, 2, 4, 8, 8, ... s apart.
    assert.ok(cost <= 8 + seconds / 4 + 5 + seconds / 8, `${cost} requests in ${seconds} s`);
    assert.equal(streamer.websocket.transports.size, 0);
    assert.equal(packetsToHost(), packets);
    assertDecodable(webrtc);
    assert.deepEqual(
      streamer.relay.stats().viewers.map(({ peer_id, transport }) => [peer_id, transport]),
      [[id, 'webrtc']],
    );
    assert.equal(streamer.sentOf('peerConnected', id).length, 1);
  });
});
