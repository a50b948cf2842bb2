import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type AccessUnit,
  type AudioPacket,
  ControlCipher,
  createSessionKeys,
  EnetSocket,
  encodeClientMessage,
  type GameStream,
  type HostMessage,
  type InputPacket,
  rtspHandshake,
} from '@moonshare/gamestream';
import type { LoggedInput } from '../desktop/input-log.ts';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { admin, collect, DESKTOP, hostState, SETTINGS, stateWhere, TestClient, units } from '../testing/client.ts';
import { VideoDecoder } from '../testing/video-decoder.ts';

const PIN = '8642';
const TERMINATED = [{ type: 'terminated', code: 0x80030023 }];
let host: VirtualHost;
let client: TestClient;

// A host for each test: a Wolf launched less than 4 s ago may miss the next session's pings (protocol/1 §8.8 (c)).
beforeEach(async () => {
  host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN, like: 'wolf' });
  client = await TestClient.paired(host, PIN);
});

afterEach(() => host.close());

function firstUnit(stream: GameStream): Promise<AccessUnit> {
  return new Promise((resolve) => stream.once('video', resolve));
}

/** Enough for readable numbers where a busy machine skips pictures, which makes those that it sends differ more. */
const SHARP = { bitrateKbps: 20_000 };

for (const codec of ['h264', 'hevc', 'av1'] as const) {
  test(`${codec}: the picture starts at frame 0 and is complete, and the sound decrypts`, async () => {
    const all: AccessUnit[] = [];
    const sound: AudioPacket[] = [];
    const stream = await client.stream('launch', { ...SHARP, codec, encrypt: 'offered' }, (opening) => {
      opening.on('video', (unit) => all.push(unit));
      opening.on('audio', (packet) => sound.push(packet));
    });
    const { encryption, pingPayload, connectData } = stream.session;
    assert.deepEqual(encryption, { controlV2: false, video: false, audio: true });
    assert.deepEqual([pingPayload, connectData], [null, 0]);
    await Promise.all([units(stream, 20), collect(stream, 'audio', 50)]);
    await stream.close();
    assert.ok(
      all.every(({ keyFrame, frameIndex, hostTimestamp }) => keyFrame === (frameIndex === 0) && hostTimestamp === 0),
    );
    const decoder = await VideoDecoder.open(codec);
    for (const { data, frameIndex } of all) {
      assert.deepEqual(await decoder.decode(data), [{ width: 640, height: 360, frameNumber: frameIndex }]);
    }
    decoder.close();
    assert.ok(sound.every(({ data }) => data.length === 60));
  });
}

test('sound is sent in the clear if the client asks for that', async () => {
  const stream = await client.stream('launch', { encrypt: 'demanded' });
  const packets = (await collect(stream, 'audio', 20)) as AudioPacket[];
  assert.ok(packets.every(({ data }) => data.length === 60));
  await stream.close();
});

test('large frames come in three blocks, and losses in them are repaired', async () => {
  const change = { width: 1280, height: 720, bitrateKbps: 50_000 };
  const stream = await client.stream('launch', change);
  await admin(host, '/drop', { percent: 3 });
  await units(stream, 60);
  await admin(host, '/drop', { percent: 0 });
  const { video, recoveredFrames } = stream.stats();
  assert.ok(recoveredFrames > 0);
  assert.ok(video!.framesLost < recoveredFrames);
  await stream.close();
});

test('every kind of input arrives at the host as it was sent', async () => {
  const stream = await client.stream('launch');
  // The client starts with haptics and two moves of its own.
  const { inputEvents } = await stateWhere(host, (state) => state.inputEvents === 3);
  const sent: InputPacket[] = [
    { kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 },
    { kind: 'keyUp', keyCode: 0x41, modifiers: 0, flags: 0 },
    { kind: 'text', text: 'é' },
    { kind: 'text', text: '😀' },
    { kind: 'mousePosition', x: 320, y: 180, width: 640, height: 360 },
    { kind: 'mouseDown', button: 1 },
    { kind: 'mouseUp', button: 1 },
    { kind: 'scroll', amount: -120 },
  ];
  for (const packet of sent) stream.send(packet);
  const state = await stateWhere(host, (seen) => seen.inputEvents >= inputEvents + sent.length);
  assert.deepEqual([state.text, state.wheel.vertical, state.heldKeys], ['é😀', -120, []]);
  assert.equal(state.sessions[0]!.controlUnreadable, 0);
  const log = (await admin(host, `/input?since=${inputEvents}`)).body as LoggedInput[];
  const position = log.find(({ kind }) => kind === 'mousePosition') as unknown as { x: number; width: number };
  assert.deepEqual([position.x, position.width], [320, 640]);
  await stream.close();
});

test('feedback with sequence number 0 and padding is understood', async () => {
  const stream = await client.stream('launch');
  const seen: HostMessage[] = [];
  const still = new Promise<void>((resolve) => {
    stream.on('feedback', (message) => {
      seen.push(message);
      if (message.type === 'rumble' && message.low === 0) resolve();
    });
  });
  const pad = { number: 0, leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };
  stream.send({ kind: 'controllerArrival', number: 0, type: 2, capabilities: 0xb2, supportedButtons: 0xffff });
  stream.send({ kind: 'controllerState', ...pad, activeMask: 1, buttons: 0x1000 });
  await still;
  assert.deepEqual(
    seen.map(({ type }) => type),
    ['led', 'motionEnable', 'motionEnable', 'rumble', 'rumble'],
  );
  assert.deepEqual(seen[3], { type: 'rumble', controller: 0, low: 0x8000, high: 0x4000 });
  await stream.close();
});

test('an IDR comes on request and only then', async () => {
  const stream = await client.stream('launch');
  const quiet = await units(stream, 60);
  assert.ok(quiet.every(({ keyFrame }) => !keyFrame));
  const next = new Promise<void>((resolve) => {
    stream.on('video', ({ keyFrame }) => keyFrame && resolve());
  });
  stream.requestIdr();
  await next;
  await stream.close();
});

test('a cancel during the stream tells the client', async () => {
  const stream = await client.stream('launch');
  const ended = once(stream, 'ended');
  await client.http.cancel();
  assert.deepEqual(await ended, TERMINATED);
  assert.equal((await client.http.serverInfo()).busy, false);
});

test('the app outlives its client, keeps its keys held, and resumes on other ports at frame 0', async () => {
  const stream = await client.stream('launch');
  const { videoPort, audioPort } = stream.session;
  assert.deepEqual([videoPort, audioPort], [host.ports.video, host.ports.audio]);
  stream.send({ kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 });
  await stateWhere(host, ({ heldKeys }) => heldKeys.length === 1);
  await stream.close();
  await stateWhere(host, ({ sessions }) => sessions.length === 0);
  assert.deepEqual((await hostState(host)).heldKeys, [0x41]);
  assert.equal((await client.http.serverInfo()).busy, true);
  for (const offset of [1, 0]) {
    let first: Promise<AccessUnit> | null = null;
    const again = await client.stream('resume', {}, (opening) => {
      first = firstUnit(opening);
    });
    assert.equal((await first!).frameIndex, 0);
    assert.deepEqual([again.session.videoPort, again.session.audioPort], [videoPort + offset, audioPort + offset]);
    await collect(again, 'audio', 5);
    await again.close();
  }
  await client.http.cancel();
  assert.deepEqual((await hostState(host)).heldKeys, []);
});

/** Launches and connects control, without pinging: what a dead client leaves behind. */
async function controlOnly(): Promise<{ control: EnetSocket; press(): void }> {
  const keys = createSessionKeys();
  const settings = SETTINGS;
  const serverInfo = await client.http.serverInfo();
  const { sessionUrl } = await client.http.launch({ appId: DESKTOP, settings, keys, gamepadMask: 0 });
  await rtspHandshake({ address: '127.0.0.1', sessionUrl, keys, settings, serverInfo });
  const control = new EnetSocket({ slots: 1 });
  const peer = await control.connect({ address: '127.0.0.1', port: host.ports.control, data: 0 });
  const cipher = new ControlCipher({ key: keys.key, style: 'old', role: 'client' });
  const packet = { kind: 'keyDown', keyCode: 0x42, modifiers: 0, flags: 0 } as const;
  const { plain, mode } = encodeClientMessage({ type: 'input', packet });
  return { control, press: () => control.send(peer, 0, cipher.seal(plain), mode) };
}

test('a resume takes the session over from a live connection, whose messages no longer decrypt', async (t) => {
  const { control, press } = await controlOnly();
  t.after(() => control.close());
  press();
  await stateWhere(host, ({ heldKeys }) => heldKeys.length === 1);
  const back = await client.stream('resume');
  press();
  const state = await stateWhere(host, ({ sessions }) => sessions[0]!.controlUnreadable > 0);
  assert.equal(state.sessions.length, 1);
  await control.close();
  await Promise.all([units(back, 10), collect(back, 'audio', 10)]);
  back.send({ kind: 'keyUp', keyCode: 0x42, modifiers: 0, flags: 0 });
  await stateWhere(host, ({ heldKeys }) => heldKeys.length === 0);
  await back.close();
});

test('a resume without a session fails with NO_SESSION', async () => {
  await assert.rejects(client.stream('resume'), { code: 'NO_SESSION' });
});

test('clients are told apart by address only: a second one from there gets the first one’s session', async () => {
  const stream = await client.stream('launch');
  const other = await TestClient.paired(host, PIN);
  assert.equal((await other.http.serverInfo()).busy, true);
  // Its own key decrypts nothing in the other session.
  await assert.rejects(other.stream('launch'));
  await units(stream, 5);
  await stream.close();
  await other.http.cancel();
});
