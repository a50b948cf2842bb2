import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import {
  ControlCipher,
  createSessionKeys,
  decodeHostMessage,
  EnetSocket,
  encodeClientMessage,
  encodeRequest,
  headerValue,
  parseResponse,
  type RtspResponse,
  type SessionKeys,
} from '@moonshare/gamestream';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { DESKTOP, hostState, SETTINGS, stateWhere, TestClient } from '../testing/client.ts';

let host: VirtualHost;
let client: TestClient;

before(async () => {
  const basePort = await findFreeBasePort();
  host = await startVirtualHost({ basePort, bind: '127.0.0.1', pin: '9876', encryptedRtsp: false });
  client = await TestClient.paired(host, '9876');
});

afterEach(() => client.http.cancel());

after(() => host.close());

async function launch(keys: SessionKeys = createSessionKeys()): Promise<SessionKeys> {
  const { sessionUrl } = await client.http.launch({ appId: DESKTOP, settings: SETTINGS, keys, gamepadMask: 0 });
  assert.equal(sessionUrl, `rtsp://127.0.0.1:${host.ports.rtsp}`);
  return keys;
}

/** Sends bytes in these pieces on one connection; returns what came back until the host closed. */
async function exchange(...pieces: Buffer[]): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port: host.ports.rtsp, noDelay: true });
  socket.on('error', () => {});
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Also when it ends with a reset.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent));
  await closed;
  return Buffer.concat(chunks);
}

async function ask(method: string, target: string, body = ''): Promise<RtspResponse> {
  const headers: [string, string][] = [
    ['CSeq', '7'],
    ['Host', '127.0.0.1'],
  ];
  return parseResponse(await exchange(encodeRequest({ method, target, headers, body })))!;
}

/** The ANNOUNCE of a client that does not know Sunshine's extensions. */
function announcement(change: Record<string, string | null> = {}): string {
  const attributes: Record<string, string | null> = {
    'x-nv-video[0].clientViewportWd': '640',
    'x-nv-video[0].clientViewportHt': '360',
    'x-nv-video[0].maxFPS': '60',
    'x-nv-video[0].packetSize': '1024',
    'x-nv-vqos[0].bw.maximumBitrateKbps': '4000',
    'x-nv-video[0].videoEncoderSlicesPerFrame': '1',
    'x-nv-video[0].maxNumReferenceFrames': '1',
    'x-nv-audio.surround.numChannels': '2',
    'x-nv-audio.surround.channelMask': '3',
    'x-nv-audio.surround.AudioQuality': '0',
    'x-nv-general.featureFlags': '135',
    ...change,
  };
  const lines = Object.entries(attributes).flatMap(([name, value]) => (value === null ? [] : [`a=${name}:${value} `]));
  return ['v=0', ...lines, 't=0 0', ''].join('\r\n');
}

async function ping(socket: Socket, port: number): Promise<void> {
  await new Promise((sent) => socket.send('PING', port, '127.0.0.1', sent));
}

test('without a session the connection is closed without a byte', async () => {
  const answer = await exchange(encodeRequest({ method: 'OPTIONS', target: 'rtsp://x', headers: [], body: '' }));
  assert.equal(answer.length, 0);
});

test('replies carry CSeq, the ports and the ids to echo', async () => {
  await launch();
  assert.deepEqual((await ask('OPTIONS', 'rtsp://127.0.0.1')).headers, [['CSeq', '7']]);
  const { body } = await ask('DESCRIBE', 'rtsp://127.0.0.1');
  assert.deepEqual(body.split('\n'), [
    'a=x-ss-general.featureFlags:3',
    'a=x-ss-general.encryptionSupported:7',
    'a=x-ss-general.encryptionRequested:1',
    'sprop-parameter-sets=AAAAAU',
    'a=rtpmap:98 AV1/90000',
    'a=fmtp:97 surround-params=21101',
    'a=fmtp:97 surround-params=642014235',
    'a=fmtp:97 surround-params=85301645237',
    '',
  ]);
  const audio = await ask('SETUP', 'streamid=audio/0/0');
  assert.equal(headerValue(audio.headers, 'Transport'), `server_port=${host.ports.audio}`);
  assert.equal(headerValue(audio.headers, 'Session'), 'DEADBEEFCAFE;timeout = 90');
  const payload = headerValue(audio.headers, 'X-SS-Ping-Payload');
  assert.match(payload ?? '', /^[0-9A-F]{16}$/);
  const video = await ask('SETUP', 'streamid=video/0/0');
  assert.equal(headerValue(video.headers, 'X-SS-Ping-Payload'), payload);
  const control = await ask('SETUP', 'streamid=control/13/0');
  assert.match(headerValue(control.headers, 'X-SS-Connect-Data') ?? '', /^\d{1,10}$/);
});

for (const { name, pieces, code } of [
  { name: 'an unknown method', pieces: ['TEARDOWN / RTSP/1.0\r\nCSeq: 3\r\n\r\n'], code: 404 },
  { name: 'an unknown stream', pieces: ['SETUP streamid=video2/0/0 RTSP/1.0\r\nCSeq: 3\r\n\r\n'], code: 404 },
  { name: 'something else', pieces: ['GET / HTTP/1.1\r\nHost: x\r\n\r\n'], code: 400 },
  { name: 'a request of more than 2048 bytes', pieces: [`OPTIONS / RTSP/1.0\r\nX: ${'a'.repeat(2100)}`], code: 400 },
  { name: 'a request in pieces', pieces: ['OPTIONS / RTSP/1.0\r\nCS', 'eq: 3\r\n', '\r\n'], code: 200 },
]) {
  test(`${name} is answered with ${code}`, async () => {
    await launch();
    const answer = await exchange(...pieces.map((text) => Buffer.from(text)));
    assert.equal(parseResponse(answer)?.code, code);
  });
}

for (const { name, change } of [
  { name: 'no width', change: { 'x-nv-video[0].clientViewportWd': null } },
  { name: 'a picture too small for the frame number', change: { 'x-nv-video[0].clientViewportWd': '620' } },
  { name: 'an odd height', change: { 'x-nv-video[0].clientViewportHt': '361' } },
  { name: '10 bits', change: { 'x-nv-video[0].dynamicRangeMode': '1' } },
  { name: '4:4:4', change: { 'x-ss-video[0].chromaSamplingType': '1' } },
  { name: 'three channels', change: { 'x-nv-audio.surround.numChannels': '3' } },
  {
    name: 'surround in high quality',
    change: { 'x-nv-audio.surround.numChannels': '6', 'x-nv-audio.surround.AudioQuality': '1' },
  },
] as const) {
  test(`ANNOUNCE with ${name} is refused`, async () => {
    await launch();
    assert.equal((await ask('ANNOUNCE', 'streamid=control/13/0', announcement(change))).code, 400);
    assert.equal((await hostState(host)).sessions[0]!.state, 'launched');
  });
}

test('a client without the extensions uses plain pings, connect data 0 and the old control style', async (t) => {
  const keys = await launch();
  assert.equal((await ask('ANNOUNCE', 'streamid=control/13/0', announcement())).code, 200);
  assert.equal((await ask('ANNOUNCE', 'streamid=control/13/0', announcement())).code, 400, 'a second one');
  const control = new EnetSocket({ slots: 1 });
  t.after(() => control.close());
  const cipher = new ControlCipher({ key: keys.key, style: 'old', role: 'client' });
  const greeting = once(control, 'message');
  const peer = await control.connect({ address: '127.0.0.1', port: host.ports.control, data: 0 });
  const [{ data }] = await greeting;
  assert.equal(decodeHostMessage(cipher.open(data)!.plain).type, 'hdrMode');
  const { plain, mode } = encodeClientMessage({
    type: 'input',
    packet: { kind: 'keyDown', keyCode: 0x42, modifiers: 0, flags: 0 },
  });
  control.send(peer, 0, cipher.seal(plain), mode);
  control.send(peer, 0, Buffer.from('not encrypted at all, and longer than a header'), 'reliable');
  const state = await stateWhere(host, ({ sessions }) => sessions[0]!.controlUnreadable === 1);
  assert.deepEqual(state.heldKeyNames, ['B']);
  for (const media of ['video', 'audio'] as const) {
    const socket = createSocket('udp4');
    t.after(() => socket.close());
    const first = once(socket, 'message');
    await ping(socket, host.ports[media]);
    const [datagram, from] = await first;
    assert.equal(from.port, host.ports[media], 'media comes from the port that was pinged');
    assert.equal(datagram.length, media === 'video' ? 1040 : 72);
  }
});

test('a client that echoes payloads gets no media for a plain ping', async (t) => {
  await launch();
  const payload = headerValue((await ask('SETUP', 'streamid=audio/0/0')).headers, 'X-SS-Ping-Payload')!;
  const body = announcement({ 'x-ml-general.featureFlags': '3' });
  assert.equal((await ask('ANNOUNCE', 'streamid=control/13/0', body)).code, 200);
  const plain = createSocket('udp4');
  const echoing = createSocket('udp4');
  t.after(() => plain.close());
  t.after(() => echoing.close());
  plain.on('message', () => assert.fail('media went to the plain ping'));
  await ping(plain, host.ports.audio);
  const first = once(echoing, 'message');
  echoing.send(Buffer.concat([Buffer.from(payload), Buffer.from([0, 0, 0, 1])]), host.ports.audio, '127.0.0.1');
  await first;
  assert.equal((await hostState(host)).sessions[0]!.pings.audio, 1);
});

test('a control connection that belongs to no session is closed', async (t) => {
  await launch();
  const body = announcement({ 'x-ml-general.featureFlags': '3' });
  await ask('ANNOUNCE', 'streamid=control/13/0', body);
  const control = new EnetSocket({ slots: 1 });
  t.after(() => control.close());
  const gone = once(control, 'disconnected');
  await control.connect({ address: '127.0.0.1', port: host.ports.control, data: 1 });
  assert.equal((await gone)[0].reason, 'remote');
  assert.equal((await hostState(host)).sessions[0]!.state, 'announced');
});

test('garbage on every port does no harm', async () => {
  await launch();
  let seed = 5;
  const random = (length: number) =>
    Buffer.from(
      Array.from({ length }, () => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return seed >>> 24;
      }),
    );
  const socket = createSocket('udp4');
  for (let round = 0; round < 200; round++) {
    for (const port of [host.ports.video, host.ports.audio, host.ports.control]) {
      await new Promise((sent) => socket.send(random(1 + ((round * 7) % 1300)), port, '127.0.0.1', sent));
    }
  }
  socket.close();
  for (let round = 0; round < 20; round++) await exchange(random(round * 120), Buffer.from('\r\n\r\n'));
  await client.http.cancel();
  const stream = await client.stream('launch');
  await stream.close();
});
