// Mostly waits: a Wolf of 2024 needs seconds between two launches, and notices a dead client after some.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FromStreamer, ViewerInput } from '@moonshare/contract';
import { findFreeBasePort, portsOf } from '@moonshare/virtual-host';
import { PairedHost, until } from './paired-host.ts';
import { type MemoryTransport, stopAllStreamers, streamerInit, TestStreamer } from './test-streamer.ts';

const STREAMER = fileURLToPath(import.meta.resolve('@moonshare/streamer/main'));
const SHIFT = 0xa0;
const key = (down: boolean, virtualKey: number, modifiers = 0): ViewerInput => {
  return { kind: 'key', down, virtualKey, modifiers };
};

function connect(viewer: MemoryTransport): Promise<unknown> {
  const first = viewer.next();
  viewer.events.connected();
  return first;
}

async function frames(viewer: MemoryTransport, count: number): Promise<void> {
  for (let frame = 0; frame < count; frame += 1) await viewer.next();
}

/** How the sessions of a streamer began, in order. */
function verbs(streamer: TestStreamer): string[] {
  const stages = streamer.hostStates.flatMap((state) => ('stage' in state ? [state.stage] : []));
  return stages.filter((stage) => stage === 'startingApp' || stage === 'resumingApp');
}

after(stopAllStreamers);

let host: PairedHost;
let basePort = 0;

/** A Wolf of 2024 is new for each test: for seconds it is disturbed by what ran before. */
function onWolf(like: 'wolf' | 'wolf-2026', tests: () => void): void {
  describe(`a streamer on a host like ${like}`, () => {
    const [atStart, atEnd] = like === 'wolf' ? [beforeEach, afterEach] : [before, after];

    atStart(async () => {
      basePort = await findFreeBasePort();
      host = await PairedHost.start({ like, basePort });
    });

    afterEach(async () => {
      await stopAllStreamers();
      await host.client.cancel();
      await until(
        () => host.state(),
        ({ app, sessions }) => app === null && sessions.length === 0,
      );
    });

    atEnd(() => host.close());

    tests();
  });
}

for (const like of ['wolf', 'wolf-2026'] as const)
  onWolf(like, () => {
    test('picture, sound, input and feedback work, and the stop leaves nothing behind', async () => {
      const streamer = await TestStreamer.up(host);
      const viewer = streamer.join('one');
      await connect(viewer);
      await frames(viewer, 10);
      assert.ok(viewer.units[0]?.keyFrame);
      assert.ok(viewer.audioPackets > 0);
      viewer.input(key(true, SHIFT), key(true, 0x41, 1), key(false, 0x41, 1), key(false, SHIFT));
      viewer.input({ kind: 'text', text: 'añ😀' });
      viewer.input({ kind: 'controllerAdd', id: 0, supportedButtons: 0xffff, capabilities: 0x03 });
      const sticks = { leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };
      viewer.input({ kind: 'controllerState', id: 0, buttons: 0x1000, ...sticks });
      await until(
        () => host.state(),
        ({ text, gamepads }) => text === 'añ😀' && gamepads.length === 1,
      );
      const typed = await host.input('text');
      assert.equal(typed.length, 3, 'one code point per packet: Wolf reads all bytes of a packet as one number');
      const keys = await host.input('keyDown', 'keyUp');
      assert.equal(keys.length, 4);
      assert.ok(
        keys.every(({ modifiers }) => modifiers === 0),
        'Wolf taps modifiers given as flags, and releases held ones',
      );
      await until(
        async () => viewer.feedback,
        (felt) => felt.length > 0,
      );
      assert.deepEqual(viewer.feedback[0], { kind: 'rumble', id: 0, low: 0x8000, high: 0x4000 });
      await streamer.stop(true);
      const state = await host.state();
      assert.deepEqual([state.sessions, state.app, state.heldKeys], [[], null, []]);
    });

    test('a finger touches, moves and lifts; a hovering one is dropped', async () => {
      const streamer = await TestStreamer.up(host);
      const viewer = streamer.join('one');
      const at = { pointerId: 4, x: 0.5, y: 0.5, pressure: 0.5, contactMajor: 0, contactMinor: 0, rotation: 0xffff };
      viewer.input({ kind: 'touch', event: 'move', ...at });
      viewer.input({ kind: 'touch', event: 'down', ...at });
      viewer.input({ kind: 'touch', event: 'up', ...at });
      const touches = await until(
        () => host.input('touch'),
        (seen) => seen.length >= 2,
      );
      assert.deepEqual(
        touches.map(({ event, rotation }) => [event, rotation]),
        [
          ['down', 0],
          ['up', 0],
        ],
      );
      await streamer.stop(true);
    });

    test('keys are released when the streamer leaves, as Wolf would hold them for ever', async () => {
      const streamer = await TestStreamer.up(host);
      streamer.join('one').input(key(true, 0x41));
      await until(
        () => host.state(),
        ({ heldKeys }) => heldKeys.length === 1,
      );
      await streamer.stop(false);
      const state = await until(
        () => host.state(),
        ({ sessions }) => sessions.length === 0,
      );
      assert.deepEqual(state.heldKeys, []);
      assert.notEqual(state.app, null);
    });

    test('restarted without the pause that the server makes, it streams, though perhaps not at the first attempt', async () => {
      for (let round = 0; round < 6; round += 1) {
        const streamer = await TestStreamer.up(host);
        await connect(streamer.join('one'));
        assert.equal(verbs(streamer)[0], 'startingApp');
        await streamer.stop(true);
      }
    });

    test('left and started again at once, it resumes', async () => {
      await (await TestStreamer.up(host)).stop(false);
      for (let round = 0; round < 3; round += 1) {
        const streamer = await TestStreamer.up(host);
        await connect(streamer.join('one'));
        // On a busy machine the host may still be leaving when it is asked, and then it is asked once more.
        assert.deepEqual([...new Set(verbs(streamer))], ['resumingApp']);
        await streamer.stop(false);
      }
    });

    test('the session of a killed streamer is taken over by the next one, which recovers it when the host pauses it', async () => {
      const init = streamerInit(host);
      await killedWhenUp({ ...init, logLevel: 'fatal' });
      const streamer = await TestStreamer.up(host);
      assert.deepEqual(verbs(streamer), ['resumingApp']);
      const viewer = streamer.join('one');
      await connect(viewer);
      // The host misses the dead one's acknowledgements after some 5 s, and pauses the session.
      const lost = await streamer.host('recovering');
      assert.equal(lost.error?.code, 'NO_VIDEO');
      const [again] = await Promise.all([viewer.next(({ keyFrame }) => keyFrame), streamer.host('streaming')]);
      assert.ok(again.frameIndex <= 1);
      await frames(viewer, 10);
      assert.equal((await host.state()).sessions.length, 1);
      viewer.input(key(true, 0x41));
      await until(
        () => host.state(),
        ({ heldKeys }) => heldKeys.length === 1,
      );
      await streamer.stop(true);
    });

    test('a cancel by somebody else ends the stream', async () => {
      const streamer = await TestStreamer.up(host);
      const ended = streamer.host('ended');
      await host.client.cancel();
      assert.equal((await ended).error?.code, 'TERMINATED');
      await streamer.stop(true);
    });
  });

onWolf('wolf', () => {
  test('when its port is taken by somebody and no media arrive, it resumes on another', async () => {
    const { video } = portsOf(basePort, 'wolf');
    const thief = createSocket('udp4').bind(video, '127.0.0.1');
    await once(thief, 'listening');
    try {
      const streamer = await TestStreamer.up(host);
      assert.deepEqual(verbs(streamer), ['startingApp', 'resumingApp']);
      await connect(streamer.join('one'));
      await streamer.stop(true);
    } finally {
      thief.close();
    }
  });

  test('a second streamer from the same machine is refused, and the first does not notice', async () => {
    const first = await TestStreamer.up(host);
    const viewer = first.join('one');
    await connect(viewer);
    const other = await host.pairAnother();
    const second = new TestStreamer(streamerInit(host, { identity: other }));
    const ended = second.host('ended');
    second.start();
    assert.equal((await ended).error?.code, 'HOST_BUSY');
    // A refused streamer has nothing to end there, and on this host a cancel ends everything.
    await second.stop(false);
    await frames(viewer, 30);
    viewer.input(key(true, 0x41));
    await until(
      () => host.state(),
      ({ heldKeys }) => heldKeys.length === 1,
    );
    await first.stop(true);
  });
});

onWolf('wolf-2026', () => {
  test('a second streamer from the same machine has its own app, and its end does not affect the first', async () => {
    const first = await TestStreamer.up(host);
    const viewer = first.join('one');
    await connect(viewer);
    const identity = await host.pairAnother();
    for (let round = 0; round < 3; round += 1) {
      const second = await TestStreamer.up(host, { identity });
      const other = second.join('two');
      await connect(other);
      await frames(other, 5);
      assert.equal((await host.state()).sessions.length, 2);
      await second.stop(true);
      await frames(viewer, 10);
    }
    assert.deepEqual(verbs(first), ['startingApp']);
    await first.stop(true);
    assert.equal((await host.state()).app, null);
  });
});

test('a Wolf that never closes a connection streams and stops like any other', async () => {
  const host = await PairedHost.start({ like: 'wolf', quirks: { neverClose: true } });
  try {
    const streamer = await TestStreamer.up(host);
    await connect(streamer.join('one'));
    await streamer.stop(true);
    assert.equal((await host.state()).app, null);
  } finally {
    await host.close();
  }
});

/** Runs a streamer in a process of its own and kills it once it streams. */
async function killedWhenUp(init: ReturnType<typeof streamerInit>): Promise<void> {
  const child: ChildProcess = fork(STREAMER, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = once(child, 'exit');
  child.on('message', (message: FromStreamer) => {
    if (message.type === 'ready') {
      child.send(init);
      child.send({ type: 'launchGranted' });
    }
    if (message.type === 'hostState' && message.host.state === 'streaming') child.kill('SIGKILL');
  });
  assert.deepEqual(await gone, [null, 'SIGKILL']);
}
