import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ControlPolicy, MoonshareError, NewServerEvent, ServerSignal, ToStreamer } from '@moonshare/contract';
import { type ParticipantPeer, Participants } from './participants.ts';

const BOT = { id: 'agent-bot', name: 'Bot' };

/** On the test's clock. */
function rig(context: TestContext, policy: ControlPolicy = 'exclusive') {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const happened: NewServerEvent[] = [];
  const participants = new Participants({
    streamerId: 's',
    rules: { policy, graceMs: 5_000, silenceMs: 300_000 },
    agentMs: 60_000,
    happened: (event) => happened.push(event),
  });
  context.after(() => participants.close());
  const enforced: ToStreamer[] = [];
  participants.attach((message) => enforced.push(message));
  const join = (id: string, succeeds: string | null = null) => {
    const told: ServerSignal[] = [];
    const peer: ParticipantPeer = {
      id,
      role: 'full',
      names: { given: null, said: id },
      manages: false,
      knowsControl: true,
      send: (message) => told.push(message),
    };
    participants.join(peer, succeeds);
    return told;
  };
  const pass = (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      now += 100;
      context.mock.timers.tick(100);
    }
  };
  const types = () => happened.map(({ type }) => type);
  return { participants, happened, types, enforced, join, pass };
}

const code = (wanted: string) => (error: MoonshareError) => error.code === wanted;

describe('an agent', () => {
  it('acts until a person takes over; then it is told by whom, and waits until they are given back', async (context) => {
    const { participants, join } = rig(context);
    join('anna');
    participants.visit(BOT);
    const entry = participants.enter(BOT.id);
    assert.ok(entry.isIn && !entry.lost.aborted);
    participants.actOfPeer('anna', 'take');
    assert.ok(entry.lost.aborted);
    assert.equal((entry.lost.reason as MoonshareError).message, 'anna has the controls');
    const refused = participants.enter(BOT.id);
    assert.ok(!refused.isIn && refused.holder?.name === 'anna');
    const waiting = participants.waitFor(BOT.id, new AbortController().signal);
    assert.equal(participants.state().request?.participant.name, 'Bot');
    participants.actOfPeer('anna', 'release');
    await waiting;
    assert.equal(participants.state().holder?.name, 'Bot');
  });

  it('that waits is told if it is refused, and asks no more if it gives up', async (context) => {
    const { participants, join, pass } = rig(context);
    join('anna');
    participants.actOfPeer('anna', 'take');
    participants.visit(BOT);
    const refused = participants.waitFor(BOT.id, new AbortController().signal);
    participants.actOfPeer('anna', 'deny');
    await assert.rejects(refused, code('CONTROL_DENIED'));
    pass(10_000);
    const patience = new AbortController();
    const waiting = participants.waitFor(BOT.id, patience.signal);
    // It does not count as gone while it waits.
    pass(90_000);
    assert.equal(participants.state().request?.participant.name, 'Bot');
    patience.abort(new Error('too long'));
    await assert.rejects(waiting, /too long/);
    assert.equal(participants.state().request, null);
  });

  it('that falls silent leaves, and gives up the controls', (context) => {
    const { participants, pass, happened, types } = rig(context);
    participants.visit(BOT);
    participants.enter(BOT.id);
    pass(59_000);
    participants.visit(BOT);
    pass(59_000);
    assert.equal(participants.state().holder?.name, 'Bot');
    pass(2_000);
    assert.equal(participants.state().holder, null);
    assert.deepEqual(types(), ['participant.joined', 'control.changed', 'control.changed', 'participant.left']);
    const [, , gone] = happened;
    assert.ok(gone?.type === 'control.changed' && gone.reason === 'left' && gone.previous?.name === 'Bot');
  });
});

describe('a viewer', () => {
  it('that was cut off keeps the controls for a moment, and the process learns its new ID', (context) => {
    const { participants, join, pass, enforced } = rig(context);
    join('anna');
    participants.actOfPeer('anna', 'take');
    participants.leave('anna', { mayReturn: true });
    pass(2_000);
    join('anna2', 'anna');
    assert.deepEqual(enforced.at(-1), { type: 'setControl', policy: 'exclusive', holder: 'anna2' });
    participants.leave('anna2', { mayReturn: true });
    pass(3_100);
    assert.equal(participants.state().holder, null);
    assert.deepEqual(enforced.at(-1), { type: 'setControl', policy: 'exclusive', holder: null });
  });

  it('is told who is there, but not more than four times a second', (context) => {
    const { participants, join, pass } = rig(context, 'union');
    const told = join('anna');
    for (let count = 0; count < 100; count += 1) {
      participants.rename('anna', `Anna ${count}`);
      pass(100);
    }
    pass(300);
    const rosters = told.flatMap((message) =>
      typeof message === 'object' && 'Participants' in message ? message : [],
    );
    assert.ok(rosters.length >= 20 && rosters.length <= 42, `${rosters.length} in 10 s`);
    const last = rosters.at(-1);
    assert.ok(last !== undefined && last.Participants.participants[0]?.name === 'Anna 99');
  });

  it('is told once the process reports that its input went nowhere', (context) => {
    const { participants, join } = rig(context);
    const told = join('anna');
    participants.onWorkerMessage({ type: 'inputDropped', participant: 'anna' });
    assert.deepEqual(told.at(-1), { InputDropped: { holder: null } });
    participants.actOfPeer('anna', 'take');
    const before = told.length;
    participants.onWorkerMessage({ type: 'inputDropped', participant: 'anna' });
    assert.equal(told.length, before);
  });
});
