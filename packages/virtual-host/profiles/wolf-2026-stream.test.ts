import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type AccessUnit,
  type AudioPacket,
  createSessionKeys,
  type GameStream,
  rtspHandshake,
} from '@moonshare/gamestream';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { collect, DESKTOP, hostState, SETTINGS, stateWhere, TestClient, units } from '../testing/client.ts';

const PIN = '9753';
let host: VirtualHost;
let one: TestClient;
let other: TestClient;

beforeEach(async () => {
  host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN, like: 'wolf-2026' });
  [one, other] = [await TestClient.paired(host, PIN), await TestClient.paired(host, PIN)];
});

afterEach(() => host.close());

function ports({ session }: GameStream): number[] {
  return [session.videoPort, session.audioPort];
}

test('the picture starts at frame 0 without timestamps, sound is encrypted, and SETUP gives a ping payload and connect data', async () => {
  const all: AccessUnit[] = [];
  const sound: AudioPacket[] = [];
  const stream = await one.stream('launch', { encrypt: 'offered' }, (opening) => {
    opening.on('video', (unit) => all.push(unit));
    opening.on('audio', (packet) => sound.push(packet));
  });
  const { encryption, pingPayload, connectData } = stream.session;
  assert.deepEqual(encryption, { controlV2: false, video: false, audio: true });
  assert.match(pingPayload ?? '', /^[!-~]{16}$/);
  assert.notEqual(connectData, 0);
  await Promise.all([units(stream, 20), collect(stream, 'audio', 20)]);
  assert.ok(all.every((unit) => unit.keyFrame === (unit.frameIndex === 0) && unit.hostTimestamp === 0));
  assert.ok(sound.every(({ data }) => data.length === 60));
  await stream.close();
});

test('two clients stream from the same ports; one cancels, is told at once, and the other goes on', async () => {
  const stays = await one.stream('launch');
  const goes = await other.stream('launch');
  assert.deepEqual(ports(stays), [host.ports.video, host.ports.audio]);
  assert.deepEqual(ports(stays), ports(goes));
  await Promise.all([units(stays, 5), units(goes, 5), collect(stays, 'audio', 5), collect(goes, 'audio', 5)]);
  const ended = once(goes, 'ended');
  await other.http.cancel();
  assert.deepEqual(await ended, [{ type: 'terminated', code: 0x80030023 }]);
  await Promise.all([units(stays, 30), collect(stays, 'audio', 30)]);
  const state = await hostState(host);
  assert.deepEqual(
    state.sessions.map(({ client }) => client),
    state.runningApps.map(({ client }) => client),
  );
  assert.equal(state.sessions.length, 1);
  await stays.close();
});

test('a session resumes on the same ports at frame 0, and can be launched again right after a cancel', async () => {
  const stream = await one.stream('launch');
  const { pingPayload, connectData } = stream.session;
  await stream.close();
  await stateWhere(host, ({ sessions }) => sessions.length === 0);
  assert.equal((await one.http.serverInfo()).busy, true);
  for (const verb of ['resume', 'launch'] as const) {
    const first: AccessUnit[] = [];
    const again = await one.stream(verb, {}, (opening) => opening.on('video', (unit) => first.push(unit)));
    await Promise.all([units(again, 3), collect(again, 'audio', 3)]);
    assert.equal(first[0]!.frameIndex, 0);
    assert.deepEqual(ports(again), [host.ports.video, host.ports.audio]);
    assert.notEqual(again.session.pingPayload, pingPayload);
    assert.notEqual(again.session.connectData, connectData);
    await again.close();
    await one.http.cancel();
  }
});

test('a client that names another address in Host gets the first session of its own address', async () => {
  const keys = createSessionKeys();
  const settings = SETTINGS;
  const serverInfo = await one.http.serverInfo();
  const launch = (client: TestClient) => client.http.launch({ appId: DESKTOP, settings, keys, gamepadMask: 0 });
  const first = (await launch(one)).sessionUrl;
  const second = (await launch(other)).sessionUrl;
  const handshake = (sessionUrl: string) =>
    rtspHandshake({ address: '127.0.0.1', sessionUrl, keys, settings, serverInfo });
  const wrong = await handshake(second.replace(/198[\d.]+/, '0.0.0.0'));
  const right = await handshake(second);
  assert.notEqual(wrong.pingPayload, right.pingPayload);
  // The first session's ANNOUNCE was already made by that wrong handshake.
  await assert.rejects(handshake(first), { code: 'RTSP_FAILED' });
});
