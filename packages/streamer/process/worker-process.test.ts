import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import {
  type FromStreamer,
  type StreamerInit,
  streamSettingsSchema,
  type WebRtcStackChoice,
} from '@moonshare/contract';
import { createClientIdentity } from '@moonshare/gamestream';
import { loadNative } from '@moonshare/webrtc';

type Answer = Extract<FromStreamer, { type: 'stats' | 'hostState' }>;

/** Starts a streamer as the server does, for a host that is not there, and asks for its statistics. */
async function tryStreamer(context: TestContext, stack: WebRtcStackChoice, ...flags: string[]) {
  const child = fork(new URL('../main.ts', import.meta.url), { stdio: [0, 2, 'pipe', 'ipc'], execArgv: flags });
  context.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const identity = await createClientIdentity();
  const init: StreamerInit = {
    type: 'init',
    streamerId: 'test',
    host: { address: '127.0.0.1', httpPort: 9, certificate: identity.certificate },
    identity,
    app: { app_id: 1, title: 'Desktop', is_hdr_supported: false },
    settings: streamSettingsSchema.parse({ width: 640, height: 360, fps: 30, bitrate: 2_000 }),
    resume: false,
    videoTimeoutMs: 2_000,
    launchLimitMs: 60_000,
    webrtc: { iceServers: [], udpPort: 0, bindAddress: '127.0.0.1', maxViewers: 1, stack },
    logLevel: 'info',
  };
  const answered = new Promise<Answer>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with ${code} before it answered:\n${log}`)));
    child.on('message', (message: FromStreamer) => {
      const isOver = message.type === 'hostState' && message.host.state === 'ended';
      if (message.type === 'stats' || isOver) resolve(message as Answer);
    });
  });
  child.send(init);
  child.send({ type: 'getStats', requestId: 1 });
  const answer = await answered;
  child.send({ type: 'stop' });
  const [code] = await once(child, 'close');
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  return { answer, code, log: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a streamer logs once which WebRTC stack it uses, and has it in its statistics', async (context) => {
  const expected = 'addon' in loadNative() ? 'native' : 'node-datachannel';
  const { answer, code, log } = await tryStreamer(context, 'auto');
  assert.ok(answer.type === 'stats');
  assert.equal(answer.stats.webrtc_stack, expected);
  assert.deepEqual(
    log.filter(({ msg }) => /^WebRTC runs on/.test(`${msg}`)).map(({ stack }) => stack),
    [expected],
  );
  assert.equal(code, 0);
});

test('a streamer that must use the native stack where it is missing ends with an error that says so', async (context) => {
  const { answer, code, log } = await tryStreamer(context, 'native', '--no-addons');
  assert.ok(answer.type === 'hostState' && answer.host.state === 'ended');
  assert.equal(answer.host.error?.code, 'WEBRTC_STACK_MISSING');
  assert.match(answer.host.error.hint, /MOONSHARE_WEBRTC_STACK/);
  assert.ok(log.some(({ msg }) => msg === 'the streamer could not be created'));
  // In an orderly way: it has not crashed, and nothing starts it again.
  assert.equal(code, 0);
});
