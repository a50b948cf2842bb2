import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { withGlobals } from '../../testing/globals.ts';
import { SoundOutput } from './sound-output.ts';

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const page = { loads: 0, isDown: true, nodes: [] as unknown[] };
  class FakeContext {
    state = 'running';
    audioWorklet = {
      addModule: async () => {
        page.loads += 1;
        if (page.isDown) throw new DOMException('unable to load', 'AbortError');
      },
    };
    createMediaStreamDestination() {
      return { stream: { getAudioTracks: () => [{}] }, channelCount: 0 };
    }
    async close() {}
  }
  class FakeNode {
    port = { postMessage: () => undefined };
    constructor() {
      page.nodes.push(this);
    }
    connect() {}
    disconnect() {}
  }
  const document = { addEventListener: () => undefined };
  withGlobals(t, { AudioContext: FakeContext, AudioWorkletNode: FakeNode, document });
  const output = new SoundOutput();
  t.after(() => output.close());
  const play = () => {
    const closed = t.mock.fn();
    return { closed, played: output.play('worklet.js', 2, { close: closed } as unknown as MessagePort) };
  };
  const pass = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    await new Promise(setImmediate);
  };
  return { output, page, play, pass };
}

test('a script that cannot be loaded is tried again, and then the sound is played', async (t) => {
  const { page, play, pass } = setUp(t);
  const { played, closed } = play();
  await pass(0);
  page.isDown = false;
  await pass(500);
  await played;
  assert.deepEqual([page.loads, page.nodes.length, closed.mock.callCount()], [2, 1, 0]);
});

test('a script that never loads is given up after some attempts, and tried again for the next layout', async (t) => {
  const { page, play, pass } = setUp(t);
  const { played, closed } = play();
  const refused = assert.rejects(played);
  for (let more = 0; more < 8; more += 1) await pass(8000);
  await refused;
  assert.deepEqual([page.loads, closed.mock.callCount()], [6, 1]);
  page.isDown = false;
  await play().played;
  assert.equal(page.nodes.length, 1);
});

test('only the newest layout is played when the script has loaded', async (t) => {
  const { page, play, pass } = setUp(t);
  const before = play();
  const after = play();
  page.isDown = false;
  await pass(0);
  await pass(500);
  await Promise.all([before.played, after.played]);
  assert.deepEqual([page.nodes.length, before.closed.mock.callCount(), after.closed.mock.callCount()], [1, 1, 0]);
});
