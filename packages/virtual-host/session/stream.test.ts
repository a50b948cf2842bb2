import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, test } from 'node:test';
import type { AccessUnit, AudioPacket, GameStream, HostMessage } from '@moonshare/gamestream';
import type { LoggedInput } from '../desktop/input-log.ts';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { admin, collect, DESKTOP, hostState, stateWhere, TestClient, units } from '../testing/client.ts';
import { VideoDecoder } from '../testing/video-decoder.ts';

const PIN = '2468';
const GRACEFUL = 0x80030023;
let host: VirtualHost;
let client: TestClient;

before(async () => {
  host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN, sessions: 2 });
  client = await TestClient.paired(host, PIN);
});

// A failed test must not take the next ones down with it.
afterEach(() => client.http.cancel());

after(() => host.close());

/** Enough for readable numbers where a busy machine skips pictures, which makes those that it sends differ more. */
const SHARP = { bitrateKbps: 20_000 };

for (const { name, change } of [
  { name: 'h264', change: { codec: 'h264' } },
  { name: 'hevc', change: { codec: 'hevc' } },
  { name: 'av1', change: { codec: 'av1' } },
  { name: 'h264, all encrypted', change: { codec: 'h264', encrypt: 'all' } },
] as const) {
  test(`${name}: pictures carry their frame number, and sound is complete`, async () => {
    const all: AccessUnit[] = [];
    const sound: AudioPacket[] = [];
    const stream = await client.stream('launch', { ...SHARP, ...change }, (opening) => {
      opening.on('video', (unit) => all.push(unit));
      opening.on('audio', (packet) => sound.push(packet));
    });
    await Promise.all([units(stream, 40), collect(stream, 'audio', 100)]);
    await stream.close();
    assert.equal(all[0]!.frameIndex, 1);
    assert.ok(all.every(({ keyFrame, frameIndex }) => keyFrame === (frameIndex === 1)));
    const decoder = await VideoDecoder.open(change.codec);
    for (const { data, frameIndex } of all) {
      const pictures = await decoder.decode(data);
      assert.deepEqual(pictures, [{ width: 640, height: 360, frameNumber: frameIndex }]);
    }
    decoder.close();
    assert.ok(sound.every(({ data }) => data.length === 60));
    for (let index = 1; index < sound.length; index++) {
      assert.equal(sound[index]!.sequence, sound[index - 1]!.sequence + 1);
    }
  });
}

test('5.1 sound arrives in packets of 10 ms', async () => {
  const stream = await client.stream('launch', { audioChannels: 6, audioPacketMs: 10 });
  const packets = (await collect(stream, 'audio', 20)) as AudioPacket[];
  assert.deepEqual(stream.session.opus, { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 4, 5, 2, 3] });
  assert.ok(packets.every(({ data }) => data.length === 320));
  await stream.close();
});

test('an IDR comes on request and only then', async () => {
  const stream = await client.stream('launch');
  const quiet = await units(stream, 90);
  assert.ok(quiet.every(({ keyFrame }) => !keyFrame));
  const next = new Promise<AccessUnit>((resolve) => {
    stream.on('video', (unit) => unit.keyFrame && resolve(unit));
  });
  for (let request = 0; request < 5; request++) stream.requestIdr();
  await next;
  const { sessions } = await hostState(host);
  // A session's first request is its start, which is counted but not answered.
  assert.equal(sessions[0]!.idrRequests, 6);
  assert.ok(sessions[0]!.idrsSent >= 2 && sessions[0]!.idrsSent <= 3);
  await stream.close();
});

test('input arrives in order, shows in the state, and is released at the end', async () => {
  const before = (await hostState(host)).inputEvents;
  const stream = await client.stream('launch');
  // The client starts with haptics and two moves of its own.
  const first = await stateWhere(host, ({ inputEvents }) => inputEvents === before + 3);
  stream.send({ kind: 'keyDown', keyCode: 0x8041, modifiers: 0, flags: 0 });
  stream.send({ kind: 'keyDown', keyCode: 0xa0, modifiers: 0, flags: 0 });
  stream.send({ kind: 'keyUp', keyCode: 0xa0, modifiers: 0, flags: 0 });
  const held = await stateWhere(
    host,
    (state) => state.inputEvents >= first.inputEvents + 3 && state.heldKeys.length === 1,
  );
  assert.deepEqual(held.heldKeyNames, ['A']);
  stream.send({ kind: 'mousePosition', x: 639, y: 0, width: 640, height: 360 });
  stream.send({ kind: 'mouseDown', button: 3 });
  const moved = await stateWhere(host, (state) => state.heldButtons.length === 1);
  assert.deepEqual(moved.heldButtonNames, ['right']);
  assert.deepEqual(moved.pointer, { x: 639, y: 0, width: 640, height: 360 });
  const log = (await admin(host, `/input?since=${first.inputEvents}`)).body as LoggedInput[];
  const keys = log.filter(({ kind }) => kind.startsWith('key'));
  assert.deepEqual(
    keys.map(({ kind, key }) => `${kind} ${key}`),
    ['keyDown A', 'keyDown Shift', 'keyUp Shift'],
  );
  await stream.close();
  const after = await stateWhere(host, (state) => state.sessions.length === 0);
  assert.deepEqual([after.heldKeys, after.heldButtons, after.gamepads], [[], [], []]);
  assert.notEqual(after.app, null);
});

test('pressing A rumbles the gamepad for a moment', async () => {
  const stream = await client.stream('launch');
  const pad = { number: 3, leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };
  const rumbles = new Promise<HostMessage[]>((resolve) => {
    const seen: HostMessage[] = [];
    stream.on('feedback', (message) => {
      if (message.type === 'rumble' && seen.push(message) === 2) resolve(seen);
    });
  });
  stream.send({ kind: 'controllerArrival', number: 3, type: 1, capabilities: 0x3, supportedButtons: 0xffff });
  stream.send({ kind: 'controllerState', ...pad, activeMask: 8, buttons: 0x1000 });
  assert.deepEqual(await rumbles, [
    { type: 'rumble', controller: 3, low: 0x8000, high: 0x4000 },
    { type: 'rumble', controller: 3, low: 0, high: 0 },
  ]);
  const { gamepads } = await hostState(host);
  assert.equal(gamepads.length, 1);
  assert.equal(gamepads[0]!.slot, 3);
  assert.deepEqual(gamepads[0]!.pressed, ['a']);
  stream.send({ kind: 'controllerState', ...pad, activeMask: 0, buttons: 0 });
  await stateWhere(host, (state) => state.gamepads.length === 0);
  await stream.close();
});

test('the app outlives its client and resumes at frame 1', async () => {
  const stream = await client.stream('launch');
  await stream.close();
  await stateWhere(host, (state) => state.sessions.length === 0);
  assert.equal((await client.http.serverInfo()).busy, true);
  let firstFrame = 0;
  const again = await client.stream('resume', { width: 1280, height: 720 }, (opening) => {
    opening.once('video', ({ frameIndex }) => {
      firstFrame = frameIndex;
    });
  });
  assert.equal(firstFrame, 1);
  await again.close();
  await client.http.cancel();
  assert.equal((await client.http.serverInfo()).busy, false);
});

test('the client is told when the app ends', async () => {
  const stream = await client.stream('launch');
  const ended = once(stream, 'ended');
  assert.equal((await admin(host, '/end-app', {})).status, 200);
  assert.deepEqual(await ended, [{ type: 'terminated', code: GRACEFUL }]);
  assert.equal((await client.http.serverInfo()).busy, false);
});

test('a cancel during the stream closes the connection without a message', async () => {
  const stream = await client.stream('launch');
  const ended = once(stream, 'ended');
  await client.http.cancel();
  assert.deepEqual(await ended, [{ type: 'disconnected' }]);
});

test('dropped datagrams are counted, and frames are repaired', async () => {
  const stream = await client.stream('launch');
  await admin(host, '/drop', { percent: 5 });
  await units(stream, 60);
  await admin(host, '/drop', { percent: 0 });
  const { sessions } = await hostState(host);
  assert.ok(sessions[0]!.datagramsDropped > 0);
  assert.ok(sessions[0]!.datagramsDropped < sessions[0]!.datagramsSent / 2);
  await stream.close();
});

test('two clients stream at once, each with its own gamepads; with a limit of two a third is refused', async () => {
  const [second, third] = await Promise.all([TestClient.paired(host, PIN), TestClient.paired(host, PIN)]);
  const one = await client.stream('launch');
  const two = await second.stream('resume');
  for (const stream of [one, two]) {
    stream.send({ kind: 'controllerArrival', number: 0, type: 1, capabilities: 0, supportedButtons: 0 });
    stream.send({ kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 });
  }
  const both = await stateWhere(host, (state) => state.gamepads.length === 2 && state.heldKeys.length === 1);
  assert.deepEqual(
    both.gamepads.map(({ slot, number }) => ({ slot, number })),
    [
      { slot: 0, number: 0 },
      { slot: 1, number: 0 },
    ],
  );
  await assert.rejects(third.stream('resume'), { code: 'HOST_BUSY' });
  // One releases the key, the other still holds it.
  one.send({ kind: 'keyUp', keyCode: 0x41, modifiers: 0, flags: 0 });
  await one.close();
  const left = await stateWhere(host, (state) => state.sessions.length === 1);
  assert.deepEqual(left.heldKeys, [0x41]);
  await two.close();
});

test('with a limit, a client that returns takes the place of its lost session', async () => {
  const lost = await client.stream('launch');
  const second = await TestClient.paired(host, PIN);
  const other = await second.stream('resume');
  const ended = once(lost, 'ended');
  const back = await client.stream('resume');
  assert.deepEqual(await ended, [{ type: 'disconnected' }]);
  assert.equal((await hostState(host)).sessions.length, 2);
  await Promise.all([back.close(), other.close()]);
});

test('without a limit all clients get in, and a cancel by one ends them all without a message', async (t) => {
  const open = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN });
  t.after(() => open.close());
  const clients = await Promise.all([1, 2, 3].map(() => TestClient.paired(open, PIN)));
  const streams: GameStream[] = [];
  for (const [index, one] of clients.entries()) streams.push(await one.stream(index === 0 ? 'launch' : 'resume'));
  const replies = await Promise.all(clients.map(({ http }) => http.serverInfo()));
  assert.ok(replies.every(({ currentGame }) => currentGame === DESKTOP));
  const ended = streams.map((stream) => once(stream, 'ended'));
  await clients[2]!.http.cancel();
  for (const [reason] of await Promise.all(ended)) assert.deepEqual(reason, { type: 'disconnected' });
  await assert.rejects(clients[0]!.stream('resume'), { code: 'NO_SESSION' });
});
