import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import { type Announcement, ControlCipher, encodeClientMessage } from '@moonshare/gamestream';
import { Desktop } from '../desktop/desktop.ts';
import { InputLog } from '../desktop/input-log.ts';
import { PROFILES } from '../profiles/profiles.ts';
import { StreamSession } from './session.ts';

const KEY = Buffer.alloc(16, 7);
const PARAMETERS: Announcement = {
  codec: 'h264',
  width: 640,
  height: 360,
  fps: 60,
  packetSize: 1024,
  bitrateKbps: 5000,
  tenBit: false,
  yuv444: false,
  colorSpace: 'rec709',
  fullRange: false,
  slices: 1,
  referenceFrames: 1,
  minFecPackets: 2,
  audioChannels: 2,
  audioPacketMs: 5,
  encryption: { controlV2: true, video: false, audio: false },
  highQualityAudio: false,
  echoesSessionIds: true,
};

/** A session with timers under the test's control. `ended` fills when it ends, `sent` with what its client would get. */
async function session(t: TestContext) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const ended: StreamSession[] = [];
  const desktop = new Desktop(640, 360);
  const port = { port: 9, send: () => {}, release: () => {} };
  const made = new StreamSession(
    1,
    { client: 'c', address: '127.0.0.1', key: KEY, keyId: 1, encryptedRtsp: false, sessionAddress: null },
    {
      desktop,
      inputLog: new InputLog(),
      picture: { isSmallDesktop: () => false, clock: true },
      media: { video: port, audio: port },
      profile: PROFILES.sunshine.session,
      quirks: {},
      fec: 20,
      maxFps: 60,
      onEnd: (session) => ended.push(session),
      onError: (error) => assert.fail(String(error)),
    },
  );
  const sent: string[] = [];
  const link = { send: () => sent.push('message'), disconnect: async (how: string) => void sent.push(how) };
  t.after(async () => {
    mock.timers.reset();
    await made.end('cancelled');
  });
  return { made, ended, desktop, link, sent };
}

test('without a control connection the session is dropped after 10 s', async (t) => {
  const { made, ended } = await session(t);
  mock.timers.tick(9_999);
  assert.equal(made.pending, true);
  mock.timers.tick(1);
  assert.deepEqual(ended, [made]);
  assert.equal(made.pending, false);
});

test('without media pings an announced session ends after 10 s even if control is up', async (t) => {
  const { made, ended, link } = await session(t);
  await made.announce(PARAMETERS);
  made.attachControl(link);
  const cipher = new ControlCipher({ key: KEY, style: 'v2', role: 'client' });
  for (let second = 0; second < 10; second++) {
    assert.deepEqual(ended, []);
    mock.timers.tick(1000);
    made.receiveControl(cipher.seal(encodeClientMessage({ type: 'ping' }).plain));
  }
  assert.deepEqual(ended, [made]);
});

test('10 s of silence on control end the session and release its keys', async (t) => {
  const { made, ended, desktop, link, sent } = await session(t);
  await made.announce(PARAMETERS);
  made.attachControl(link);
  const target = { address: '127.0.0.1', port: 9 };
  made.ping('video', 'echoed', target);
  made.ping('audio', 'echoed', target);
  const cipher = new ControlCipher({ key: KEY, style: 'v2', role: 'client' });
  const packet = { kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 } as const;
  mock.timers.tick(9_000);
  made.receiveControl(cipher.seal(encodeClientMessage({ type: 'input', packet }).plain));
  mock.timers.tick(9_999);
  assert.deepEqual(ended, []);
  assert.deepEqual(desktop.heldKeys(), [0x41]);
  mock.timers.tick(1);
  assert.deepEqual(ended, [made]);
  assert.deepEqual(desktop.heldKeys(), []);
  assert.deepEqual(sent, ['message', 'unsequenced']);
});
