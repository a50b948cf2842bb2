import assert from 'node:assert/strict';
import test from 'node:test';
import type { ErrorBody, ServerSignal } from '@moonshare/contract/browser';
import fc from 'fast-check';
import { problem } from '../problem.ts';
import { nextState, type ViewerEvent, type ViewerState } from './viewer-state.ts';

const idle: ViewerState = { kind: 'idle' };
const error = {
  error: 'Connection to the host was lost',
  code: 'CONTROL_LOST',
  hint: 'Is the host still on?',
} as const;

function streamer(
  status: 'starting' | 'active' | 'reconnecting' | 'failed' | 'stopping',
  why: ErrorBody | null = null,
) {
  return signal({
    StreamerState: { status, stage: status === 'active' ? null : 'RTSP handshake', error: why, viewers: 1 },
  });
}

function signal(message: ServerSignal): ViewerEvent {
  return { type: 'signal', signal: message };
}

function run(...events: ViewerEvent[]): ViewerState {
  return events.reduce(nextState, idle);
}

const joined: ViewerEvent[] = [
  { type: 'open' },
  { type: 'step', step: 'joining' },
  { type: 'step', step: 'negotiating' },
];
const playing: ViewerEvent[] = [...joined, { type: 'peerConnected' }];

test('a viewer goes from authorizing through joining and negotiating to playing', () => {
  const kinds = playing.map((_, i) => run(...playing.slice(0, i + 1)));
  assert.deepEqual(
    kinds.map((state) => (state.kind === 'connecting' ? state.step : state.kind)),
    ['authorizing', 'joining', 'negotiating', 'playing'],
  );
});

test('while the host is starting, a connected viewer sees the stage, then plays', () => {
  const waiting = run(...joined, streamer('starting'), { type: 'peerConnected' });
  assert.deepEqual(waiting, { kind: 'interrupted', stage: 'RTSP handshake', problem: null });
  const next = nextState(waiting, signal({ StageStarting: { stage: 'video' } }));
  assert.deepEqual(next, { kind: 'interrupted', stage: 'video', problem: null });
  assert.deepEqual(nextState(next, streamer('active')), { kind: 'playing' });
});

test('a lost host interrupts the viewer with the reason, until it is back', () => {
  const away = run(...playing, streamer('reconnecting', error));
  assert.equal(away.kind, 'interrupted');
  assert.equal(away.problem?.code, 'CONTROL_LOST');
  assert.equal(
    nextState(away, signal({ ConnectionComplete: { capabilities: { touch: false }, width: 1, height: 1 } })).kind,
    'playing',
  );
});

test('when a streamer process dies, the viewer sees why, negotiates with the next one and plays', () => {
  const died = { error: 'The streamer process ended', code: 'STREAMER_DIED', hint: '' } as const;
  const away = run(
    ...playing,
    signal({ StreamerState: { status: 'reconnecting', stage: 'Restarting', error: died, viewers: 1 } }),
  );
  assert.equal(away.kind === 'interrupted' && away.problem?.code, 'STREAMER_DIED');
  const anew = nextState(away, { type: 'step', step: 'negotiating' });
  assert.deepEqual([anew.kind, anew.kind === 'connecting' && anew.hostAway], ['connecting', true]);
  const connected = nextState(anew, { type: 'peerConnected' });
  assert.deepEqual(connected, { kind: 'interrupted', stage: 'Restarting', problem: null });
  assert.deepEqual(nextState(connected, streamer('active')), { kind: 'playing' });
  assert.deepEqual(nextState(nextState(anew, streamer('active')), { type: 'peerConnected' }), { kind: 'playing' });
});

test('a lost socket is reconnected, counting the attempts and showing why until the peer is back', () => {
  const lost: ViewerEvent = { type: 'lost', problem: problem('SERVER_UNREACHABLE') };
  const first = run(...playing, lost);
  assert.deepEqual(first, { kind: 'reconnecting', attempt: 1, problem: problem('SERVER_UNREACHABLE') });
  const asking = nextState(first, { type: 'step', step: 'authorizing' });
  assert.equal(asking, first);
  const again = nextState(nextState(asking, lost), { type: 'step', step: 'joining' });
  assert.equal(again.kind, 'connecting');
  assert.equal(again.problem?.code, 'SERVER_UNREACHABLE');
  assert.equal((nextState(again, lost) as { attempt: number }).attempt, 3);
  const back = nextState(again, { type: 'peerConnected' });
  assert.deepEqual(back, { kind: 'playing' });
  assert.equal((nextState(back, lost) as { attempt: number }).attempt, 1);
});

test('errors that a retry cannot fix end the connection at once', () => {
  for (const code of ['UNAUTHORIZED', 'STREAMER_NOT_FOUND', 'CODEC_UNSUPPORTED', 'PEER_REMOVED'] as const) {
    assert.deepEqual(run({ type: 'open' }, { type: 'lost', problem: problem(code) }), {
      kind: 'ended',
      problem: problem(code),
    });
  }
});

test('a failed or stopped streamer ends the viewer with its reason, which later events do not overwrite', () => {
  const failed = run(...playing, streamer('failed', error));
  assert.equal(failed.kind === 'ended' && failed.problem?.code, 'CONTROL_LOST');
  const later = [
    signal('PeerDisconnect'),
    { type: 'lost', problem: problem('SERVER_UNREACHABLE') },
    { type: 'close' },
    { type: 'peerConnected' },
  ] as const;
  for (const event of later) assert.equal(nextState(failed, event), failed);
  const stopped = run(...playing, streamer('stopping'));
  assert.equal(stopped.kind === 'ended' && stopped.problem?.code, 'STREAMER_STOPPED');
});

test('a streamer that stops with its server does not end the viewer, which reconnects once the socket is closed', () => {
  const why = { error: 'Server is stopping', code: 'SHUTTING_DOWN', hint: 'Try again when the server is up.' } as const;
  const stopping = run(...playing, streamer('stopping', why));
  assert.equal(stopping.kind, 'playing');
  const lost = nextState(stopping, { type: 'lost', problem: problem('SHUTTING_DOWN') });
  assert.deepEqual(lost, { kind: 'reconnecting', attempt: 1, problem: problem('SHUTTING_DOWN') });
});

test('error strings of the older contract become codes', () => {
  const ended = run(...joined, signal('HostNotPaired'));
  assert.equal(ended.kind === 'ended' && ended.problem?.code, 'HOST_NOT_PAIRED');
});

test('only open leads out of ended, whatever the order of events', () => {
  const events = fc.constantFrom<ViewerEvent>(
    { type: 'step', step: 'authorizing' },
    { type: 'step', step: 'negotiating' },
    { type: 'peerConnected' },
    { type: 'lost', problem: problem('VIEWER_UNREACHABLE') },
    signal('PeerDisconnect'),
    signal({ StageStarting: { stage: 'x' } }),
    signal({ ConnectionTerminated: { error_code: 0 } }),
    streamer('starting'),
    streamer('active'),
    streamer('reconnecting', error),
    streamer('failed'),
    { type: 'close' },
  );
  fc.assert(
    fc.property(fc.array(events), (sequence) => {
      let state = nextState(idle, { type: 'open' });
      for (const event of sequence) {
        const next = nextState(state, event);
        if (state.kind === 'ended') assert.equal(next, state);
        state = next;
      }
      assert.equal(nextState(state, { type: 'open' }).kind, 'connecting');
    }),
  );
});
