import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ControlPolicy, MoonshareError } from '@moonshare/contract';
import { type ControlEvent, ControlState, type Member } from './control-state.ts';

const NEVER = Number.POSITIVE_INFINITY;
const person = (id: string, rest: Partial<Member> = {}): Member => ({
  id,
  kind: 'person',
  role: 'full',
  manages: false,
  ...rest,
});
const agent = (id: string): Member => ({ ...person(id), kind: 'agent' });

function controlled(policy: ControlPolicy, ...members: Member[]): ControlState {
  const state = new ControlState({ policy, graceMs: 5_000, silenceMs: 60_000 });
  for (const member of members) state.join(member);
  return state;
}

const code = (wanted: string) => (error: MoonshareError) => error.code === wanted;
const types = (events: readonly ControlEvent[]) => events.map(({ type }) => type);

describe('the controls', () => {
  it('are everybody’s under union, and nothing has to be asked', () => {
    const state = controlled('union', person('a'), person('w', { role: 'watch' }));
    assert.ok(state.has('a') && !state.has('w'));
    assert.deepEqual(state.act('a', 'take', { now: 0 }), { events: [], wakeAt: NEVER });
    assert.equal(state.holder, null);
  });

  it('are free at first, and go to the first who asks, but never to a viewer who may only watch', () => {
    const state = controlled('exclusive', person('a'), person('w', { role: 'gamepad' }));
    assert.ok(!state.has('a'));
    assert.throws(() => state.act('w', 'request', { now: 0 }), code('CONTROL_DENIED'));
    state.act('a', 'request', { now: 1 });
    assert.deepEqual(state.holder, { id: 'a', since: 1 });
  });

  it('stay with a person who is asked for them, who gives or refuses them', () => {
    const state = controlled('exclusive', person('a'), person('b'), person('c'));
    state.act('a', 'take', { now: 0 });
    assert.deepEqual(types(state.act('b', 'request', { now: 1 }).events), ['requested']);
    state.advance(59_000);
    assert.equal(state.holder?.id, 'a');
    assert.throws(() => state.act('c', 'deny', { now: 2 }), code('CONTROL_TAKEN'));
    assert.deepEqual(state.act('a', 'deny', { now: 2 }).events, [{ type: 'denied', participant: 'b' }]);
    assert.throws(() => state.act('b', 'request', { now: 3 }), code('CONTROL_DENIED'));
    state.act('b', 'request', { now: 10_002 });
    state.act('a', 'grant', { now: 10_003 });
    assert.equal(state.holder?.id, 'b');
    assert.throws(() => state.act('b', 'grant', { now: 10_004 }), code('BAD_REQUEST'));
    assert.throws(() => state.act('b', 'grant', { to: 'x', now: 10_004 }), code('PARTICIPANT_NOT_FOUND'));
  });

  it('are taken from a person after the grace, unless that person refuses', () => {
    const state = controlled('exclusive', person('a'), person('b'));
    state.act('a', 'take', { now: 0 });
    assert.equal(state.act('b', 'take', { now: 100 }).wakeAt, 5_100);
    state.advance(5_099);
    assert.equal(state.holder?.id, 'a');
    assert.deepEqual(state.advance(5_100).events, [{ type: 'changed', holder: 'b', previous: 'a', reason: 'taken' }]);
    state.act('a', 'take', { now: 6_000 });
    state.act('b', 'deny', { now: 7_000 });
    state.advance(20_000);
    assert.equal(state.holder?.id, 'b');
  });

  it('are taken at once by who manages the streamer, and from an agent by any person', () => {
    const state = controlled('exclusive', person('a'), person('owner', { manages: true }), agent('x'));
    state.enter('x', 0);
    assert.equal(state.holder?.id, 'x');
    state.act('a', 'take', { now: 1 });
    assert.equal(state.holder?.id, 'a');
    assert.throws(() => state.act('x', 'take', { now: 2 }), code('CONTROL_DENIED'));
    assert.equal(state.enter('x', 2).isIn, false);
    state.act('owner', 'take', { now: 3 });
    assert.equal(state.holder?.id, 'owner');
    state.act(null, 'grant', { to: 'x', now: 4 });
    assert.equal(state.holder?.id, 'x');
  });

  it('are not taken by an agent from a person who was given them meanwhile', () => {
    const state = controlled('exclusive', agent('x'), agent('y'), person('a', { manages: true }));
    state.act('y', 'request', { now: 0 });
    state.act('x', 'take', { now: 1 });
    assert.equal(state.act('a', 'grant', { to: 'a', now: 2 }).wakeAt, 60_002);
    assert.deepEqual(state.request, { by: 'x', action: 'request', at: 1, takesAt: null });
    state.advance(10_000);
    assert.equal(state.holder?.id, 'a');
    state.act('a', 'release', { now: 10_001 });
    assert.equal(state.holder?.id, 'x');
  });

  it('go to the next who asked when they are given up, people before agents', () => {
    const state = controlled('exclusive', person('a'), person('b'), agent('x'));
    state.act('a', 'take', { now: 0 });
    state.act('x', 'request', { now: 1 });
    state.act('b', 'request', { now: 2 });
    state.act('a', 'release', { now: 3 });
    assert.equal(state.holder?.id, 'b');
    assert.deepEqual(state.leave('b', 4).events, [{ type: 'changed', holder: 'x', previous: 'b', reason: 'left' }]);
    state.act('x', 'release', { now: 5 });
    assert.equal(state.holder, null);
  });

  it('are given up by silence, and by a lower role', () => {
    const state = controlled('exclusive', person('a'));
    state.act('a', 'take', { now: 0 });
    state.active('a', 30_000);
    assert.equal(state.advance(60_000).wakeAt, 90_000);
    assert.deepEqual(types(state.advance(90_000).events), ['changed']);
    state.act('a', 'take', { now: 100_000 });
    state.setRole('a', 'gamepad', 100_001);
    assert.equal(state.holder, null);
  });

  it('follow the last who asks under follow', () => {
    const state = controlled('follow', person('a'), agent('x'));
    state.act('a', 'request', { now: 0 });
    assert.equal(state.enter('x', 1).isIn, false);
    state.act('x', 'request', { now: 2 });
    assert.equal(state.holder?.id, 'x');
  });

  it('are free after a change from or to union, and stay where they are otherwise', () => {
    const state = controlled('exclusive', person('a'), person('b'));
    state.act('a', 'take', { now: 0 });
    state.act('b', 'request', { now: 1 });
    const rules = { ...state.rules, policy: 'follow' as const };
    assert.deepEqual(types(state.setRules(rules, 2).events), ['withdrawn', 'changed']);
    assert.equal(state.holder?.id, 'a');
    state.setRules({ ...rules, policy: 'union' }, 3);
    assert.ok(state.has('a') && state.has('b') && state.holder === null);
  });
});
