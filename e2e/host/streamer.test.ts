import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type FromStreamer, fromStreamerSchema, type ViewerInput } from '@moonshare/contract';
import { PairedHost, until } from './paired-host.ts';
import { A, assertDecodable, connect, key, stopAllStreamers, TestStreamer } from './test-streamer.ts';

const ENTER = 0x0d;
const add: ViewerInput = { kind: 'controllerAdd', id: 0, supportedButtons: 0xffff, capabilities: 0x07 };
const pad = (buttons: number): ViewerInput => {
  const sticks = { leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };
  return { kind: 'controllerState', id: 0, buttons, ...sticks };
};

after(stopAllStreamers);

describe('a streamer on a real host', () => {
  let host: PairedHost;
  let streamer: TestStreamer;

  before(async () => {
    host = await PairedHost.start();
    streamer = await TestStreamer.up(host);
  });

  after(async () => {
    await streamer.stop(true);
    await host.close();
  });

  const heldKeys = (wanted: number[]) =>
    until(
      () => host.state(),
      (state) => JSON.stringify(state.heldKeys) === JSON.stringify(wanted),
    );

  test('returns its launch turn once, without asking for it, and goes through its stages', () => {
    const types = streamer.sent.map((message) => message.type);
    assert.deepEqual(
      types.filter((type) => type === 'launchWanted' || type === 'launchDone'),
      ['launchDone'],
    );
    const stages = streamer.hostStates.flatMap((state) => (state.state === 'connecting' ? [state.stage] : []));
    assert.deepEqual(stages, [
      'waitingForTurn',
      'askingHost',
      'startingApp',
      'rtspHandshake',
      'controlStream',
      'videoStream',
    ]);
    for (const message of streamer.sent) assert.deepEqual(fromStreamerSchema.parse(message), message);
  });

  test('gives the engine the real format of the stream', () => {
    const [format] = streamer.webrtc.formats;
    assert.equal(streamer.webrtc.formats.length, 1);
    assert.match(format?.profileLevelId ?? '', /^[0-9a-f]{6}$/);
    assert.deepEqual([format?.codec, format?.width, format?.height, format?.fps], ['h264', 640, 360, 30]);
    assert.equal(format?.touch, true);
  });

  test('reports the format of the stream once it is up', () => {
    const up = streamer.hostStates.at(-1)!;
    assert.deepEqual(up.state === 'streaming' && up.format, { width: 640, height: 360, touch: true });
  });

  test('the server is told when a viewer leaves', () => {
    streamer.join('late').close(null);
    assert.deepEqual(streamer.sent.at(-1), { type: 'peerClosed', peerId: 'late', error: null });
  });

  test('protocol/4 §7.4: a joiner gets a key frame although the host sends none unasked, then every frame, and sound', async () => {
    const viewer = streamer.join('joiner');
    await connect(viewer);
    await viewer.next();
    await viewer.next();
    assertDecodable(viewer);
    // Sound does not wait for the picture, nor the picture for sound.
    while (viewer.audioPackets === 0) await viewer.next();
    viewer.close(null);
  });

  test('what a watcher types is dropped', async () => {
    const watcher = streamer.join('watcher', { role: 'watch' });
    const player = streamer.join('player', { role: 'gamepad' });
    const before = streamer.relay.stats();
    for (const viewer of [watcher, player])
      viewer.events.input({ kind: 'key', down: true, virtualKey: 0x41, modifiers: 0 });
    watcher.events.input({ kind: 'controllerAdd', id: 0, supportedButtons: 0, capabilities: 0 });
    const after = streamer.relay.stats();
    assert.deepEqual(after.input, before.input);
    for (const viewer of [watcher, player]) viewer.close(null);
  });

  test('many simultaneous joins cost one key frame', async () => {
    const before = (await host.state()).sessions[0]!.idrRequests;
    const viewers = Array.from({ length: 20 }, (_, n) => streamer.join(`crowd${n}`));
    await Promise.all(viewers.map(connect));
    for (const viewer of viewers) assertDecodable(viewer);
    assert.ok((await host.state()).sessions[0]!.idrRequests - before <= 2);
    for (const viewer of viewers) viewer.close(null);
  });

  test('protocol/4 §7.12: a viewer that cannot keep up waits for a key frame, and nobody else notices', async () => {
    const [slow, quick] = [streamer.join('slow'), streamer.join('quick')];
    await Promise.all([connect(slow), connect(quick)]);
    slow.stalled = true;
    await quick.next();
    await quick.next();
    slow.stalled = false;
    await slow.next(({ keyFrame }) => keyFrame);
    await slow.next();
    assertDecodable(quick);
    assertDecodable(slow);
    slow.close(null);
    quick.close(null);
  });

  test('protocol/4 §7.11: a key held by two viewers goes up when the second disappears', async () => {
    const [one, two] = [streamer.join('one'), streamer.join('two')];
    one.input(key(true));
    two.input(key(true));
    await heldKeys([A]);
    one.input(key(false), { kind: 'text', text: '!' });
    await until(
      () => host.state(),
      ({ text }) => text.includes('!'),
    );
    await heldKeys([A]);
    two.close(null);
    await heldKeys([]);
    one.close(null);
  });

  test('a viewer that falls silent lets go of its keys, and may press them again when it is back', async () => {
    const viewer = streamer.join('silent');
    await connect(viewer);
    viewer.input(key(true));
    await heldKeys([A]);
    viewer.fallSilent();
    await heldKeys([]);
    viewer.input(key(false), key(true));
    await heldKeys([A]);
    viewer.close(null);
    await heldKeys([]);
  });

  test('a viewer that returns after a lost connection still holds its keys, and the host sees no change', async () => {
    const before = streamer.join('before');
    await connect(before);
    before.input(key(true));
    await heldKeys([A]);
    const inputs = (await host.input('keyDown', 'keyUp')).length;
    streamer.receive({ type: 'removePeer', peerId: 'before', mayReturn: true });
    const back = streamer.join('back', { succeeds: 'before' });
    await connect(back);
    assert.deepEqual((await host.input('keyDown', 'keyUp')).slice(inputs), []);
    back.input(key(false));
    await heldKeys([]);
    back.close(null);
  });

  test('a viewer that does not return and connect in time lets go of its keys; one that leaves properly does so at once', async () => {
    const gone = streamer.join('gone');
    await connect(gone);
    gone.input(key(true));
    await heldKeys([A]);
    streamer.receive({ type: 'removePeer', peerId: 'gone', mayReturn: true });
    const half = streamer.join('half', { succeeds: 'gone' });
    await heldKeys([]);
    half.close(null);
    const polite = streamer.join('polite');
    await connect(polite);
    polite.input(key(true));
    await heldKeys([A]);
    streamer.receive({ type: 'removePeer', peerId: 'polite' });
    const late = streamer.join('late', { succeeds: 'polite' });
    await heldKeys([]);
    late.close(null);
  });

  test('a viewer can ask when it was last sent a frame; before it is connected the answer is never', async () => {
    const viewer = streamer.join('asks');
    const ask = () => streamer.receive({ type: 'getLastFrame', peerId: 'asks' });
    const ages = () => streamer.sentOf('lastFrame', 'asks').map(({ ageMs }) => ageMs);
    ask();
    assert.deepEqual(ages(), [null]);
    await connect(viewer);
    ask();
    assert.ok(ages()[1]! >= 0);
    viewer.close(null);
  });

  test('a viewer whose input was dropped lets go of its keys: a release may have been among it', async () => {
    const viewer = streamer.join('too much');
    viewer.input({ kind: 'key', down: true, virtualKey: 0x41, modifiers: 0 });
    await heldKeys([0x41]);
    viewer.events.inputLost();
    await heldKeys([]);
    viewer.close(null);
  });

  test('a viewer that was sent an incomplete frame waits for a key frame', async () => {
    const viewer = streamer.join('hurt');
    await connect(viewer);
    await viewer.next();
    viewer.events.frameDropped();
    assert.equal((await viewer.next()).keyFrame, true);
    viewer.close(null);
  });

  test('a viewer that constantly requests key frames, and one that never keeps up, cost few of them', async () => {
    const [bad, slow, good] = [streamer.join('bad'), streamer.join('slow'), streamer.join('good')];
    await Promise.all([connect(bad), connect(slow), connect(good)]);
    const before = (await host.state()).sessions[0]!;
    slow.stalled = true;
    for (let frame = 0; frame < 150; frame++) {
      await good.next();
      bad.events.keyFrameNeeded();
    }
    const after = (await host.state()).sessions[0]!;
    // Five seconds: at 0, 0.35, 1.35 and 3.35 s for each of the two, where one every 0.35 s would be 14.
    assert.ok(after.idrRequests - before.idrRequests <= 9, `${after.idrRequests - before.idrRequests} requests`);
    assertDecodable(good);
    for (const viewer of [bad, slow, good]) viewer.close(null);
  });

  test('each gamepad gets a slot of its own, and only its own rumble', async () => {
    const [one, two] = [streamer.join('one', { role: 'gamepad' }), streamer.join('two', { role: 'gamepad' })];
    one.input(add);
    two.input(add);
    await until(
      () => host.state(),
      ({ gamepads }) => gamepads.length === 2,
    );
    two.input(pad(0x1000));
    await until(
      async () => two.feedback,
      (felt) => felt.length > 0,
    );
    assert.deepEqual(two.feedback[0], { kind: 'rumble', id: 0, low: 0x8000, high: 0x4000 });
    assert.equal(one.feedback.length, 0);
    one.close(null);
    two.close(null);
    await until(
      () => host.state(),
      ({ gamepads }) => gamepads.length === 0,
    );
  });

  test('a viewer is told which of its gamepads have a slot, and as which player', async () => {
    // Ids of their own: messages about viewers of earlier tests may still be on the way.
    const [one, two] = [streamer.join('player'), streamer.join('players')];
    const told = (id: string) => streamer.sentOf('gamepadPlayers', id).map(({ players }) => players);
    const answer = (id: string) => streamer.next((m) => m.type === 'gamepadPlayers' && m.peerId === id);
    one.input(add);
    await answer('player');
    two.input(...[0, 1, 2, 3, 4].map((id): ViewerInput => ({ ...add, id }) as ViewerInput));
    await answer('players');
    assert.deepEqual(told('player'), [[{ id: 0, player: 1 }]]);
    // Five at once: one message. The fifth has no slot.
    assert.deepEqual(told('players'), [[0, 1, 2, 3].map((id) => ({ id, player: id + 2 }))]);
    one.close(null);
    two.close(null);
  });

  test('input that the protocol cannot express is dropped', async () => {
    const viewer = streamer.join('odd');
    viewer.input({ kind: 'mousePosition', x: 1e9, y: -1e9, width: 40_000, height: 40_000 });
    viewer.input(
      add,
      { ...pad(0), leftX: 1e6 } as ViewerInput,
      { kind: 'mouseMove', dx: 0.5, dy: Number.NaN },
      key(true),
    );
    await heldKeys([A]);
    viewer.close(null);
    await heldKeys([]);
  });

  test('a paste sent all at once is typed whole, and the Enter after it arrives after it', async () => {
    const viewer = streamer.join('pasting');
    const pieces = Array.from({ length: 24 }, (_, index) => `${index},`.padStart(250, 'x'));
    const before = (await host.input('text')).length;
    const { refused } = streamer.relay.stats().input;
    viewer.input(...pieces.map((text): ViewerInput => ({ kind: 'text', text })), key(true, ENTER), key(false, ENTER));
    // Thousands of events: asked for again and again they would keep the host from streaming.
    await until(
      () => host.state(),
      ({ text }) => text.endsWith('x23,'),
    );
    await until(
      () => host.input('keyUp'),
      (events) => events.some(({ key: name }) => name === 'Enter'),
    );
    const typed = await host.input('text');
    assert.equal(typed.length, before + 6000);
    const texts = typed.slice(before).map(({ text }) => text);
    assert.equal(texts.join(''), pieces.join(''));
    assert.equal(streamer.relay.stats().input.refused, refused);
    viewer.close(null);
  });

  test('text still waiting when its viewer leaves is not typed', async () => {
    const [viewer, next] = [streamer.join('leaving'), streamer.join('staying')];
    viewer.input(...Array.from({ length: 40 }, (): ViewerInput => ({ kind: 'text', text: 'z'.repeat(250) })));
    viewer.close(null);
    next.input({ kind: 'text', text: '!?' });
    await until(
      () => host.state(),
      ({ text }) => text.endsWith('!?'),
    );
    const typed = (await host.input('text')).filter(({ text }) => text === 'z');
    assert.ok(typed.length <= 4096, String(typed.length));
    next.close(null);
  });

  test('statistics match what happened', async () => {
    const viewer = streamer.join('counted');
    const first = streamer.next((message) => message.type === 'peerFirstFrame');
    await connect(viewer);
    await viewer.next();
    const firstFrame = (await first) as Extract<FromStreamer, { type: 'peerFirstFrame' }>;
    viewer.input(key(true), key(false));
    const answer = streamer.next((message) => message.type === 'stats');
    streamer.receive({ type: 'getStats', requestId: 5 });
    const message = (await answer) as Extract<FromStreamer, { type: 'stats' }>;
    assert.equal(message.requestId, 5);
    const { host: fromHost, input, viewer_totals } = message.stats;
    assert.ok(fromHost.video.frames > 0 && fromHost.video.key_frames > 0 && fromHost.audio.packets > 0);
    assert.ok(input.packets_to_host > 0 && fromHost.idr_requests > 0);
    assert.deepEqual(
      message.stats.viewers.map(({ peer_id }) => peer_id),
      ['counted'],
    );
    fromStreamerSchema.parse(message);
    const [counted] = message.stats.viewers;
    assert.deepEqual([counted?.input_events, counted?.first_frame_ms], [2, firstFrame.ms]);
    assert.equal(firstFrame.peerId, 'counted');
    assert.ok(input.events.key >= 2 && message.stats.process.memory_bytes > 0);
    assert.ok(viewer_totals.frames_sent >= (counted?.frames_sent ?? 0) && viewer_totals.joins > 1);
    viewer.close(null);
    const after = streamer.relay.stats();
    assert.deepEqual(after.viewers, []);
    assert.ok(after.viewer_totals.frames_sent >= viewer_totals.frames_sent);
  });
});
