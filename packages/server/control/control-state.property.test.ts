import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControlPolicy, MoonshareError, type Role } from '@moonshare/contract';
import fc from 'fast-check';
import { type ControlEvent, ControlState, type Member } from './control-state.ts';

const IDS = ['p1', 'p2', 'owner', 'x', 'y'];
const member = (id: string): Member => ({
  id,
  kind: id === 'x' || id === 'y' ? 'agent' : 'person',
  role: 'full',
  manages: id === 'owner',
});

const kindOf = (id: string | null) => id && member(id).kind;

const id = fc.constantFrom(...IDS);
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      id: fc.oneof({ weight: 9, arbitrary: id }, fc.constant(null)),
      action: fc.constantFrom('request', 'grant', 'deny', 'take', 'release'),
      to: fc.option(id, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('enter' as const), id }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('role' as const), id, role: fc.constantFrom<Role>('full', 'gamepad') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('policy' as const),
      policy: fc.constantFrom<ControlPolicy>('union', 'exclusive', 'exclusive', 'follow'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12_000 }) }) },
);

test('at most one holds the controls, who may; who asks is told how it ends; nothing is forgotten', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let now = 0;
      let wakeAt = Number.POSITIVE_INFINITY;
      const state = new ControlState({ policy: 'exclusive', graceMs: 5_000, silenceMs: 30_000 });
      const roles = new Map<string, Role>(IDS.map((each) => [each, 'full']));
      for (const each of IDS) state.join(member(each));
      /** As an observer of the events knows it. */
      let holder: string | null = null;
      const asking = new Set<string>();
      const see = (output: { events: ControlEvent[]; wakeAt: number }) => {
        wakeAt = output.wakeAt;
        for (const event of output.events) {
          if (event.type === 'changed') {
            assert.equal(event.previous, holder, 'a change that nobody was told of');
            const hasTaken = event.reason === 'taken' && event.previous !== null && kindOf(event.holder) === 'agent';
            if (hasTaken && state.rules.policy === 'exclusive')
              assert.equal(kindOf(event.previous), 'agent', 'an agent took them from a person');
            holder = event.holder;
            if (holder !== null) asking.delete(holder);
          } else if (event.type === 'requested') asking.add(event.request.by);
          else assert.ok(asking.delete(event.participant), 'an answer to who did not ask');
        }
      };
      for (const taken of steps) {
        const before = state.holder;
        try {
          if (taken.do === 'act') see(state.act(taken.id, taken.action, { to: taken.to, now }));
          else if (taken.do === 'enter') see(state.enter(taken.id, now));
          else if (taken.do === 'leave') {
            see(state.leave(taken.id, now));
            assert.notEqual(state.holder?.id, taken.id);
            roles.set(taken.id, 'full');
            state.join(member(taken.id));
          } else if (taken.do === 'role') {
            roles.set(taken.id, taken.role);
            see(state.setRole(taken.id, taken.role, now));
          } else if (taken.do === 'policy') see(state.setRules({ ...state.rules, policy: taken.policy }, now));
          else
            for (const end = now + taken.ms; now < end; ) {
              now = Math.min(end, Math.max(wakeAt, now));
              see(state.advance(now));
              assert.ok(wakeAt > now, 'it asks to be woken for what is done');
            }
        } catch (error) {
          if (!(error instanceof MoonshareError)) throw error;
          assert.deepEqual(state.holder, before, 'what was refused changed something');
        }
        assert.equal(state.holder?.id ?? null, holder);
        const having = IDS.filter((each) => state.has(each));
        if (state.rules.policy === 'union') assert.deepEqual([holder, asking.size], [null, 0]);
        else assert.deepEqual(having, holder === null ? [] : [holder]);
        for (const each of having) assert.equal(roles.get(each), 'full');
        assert.equal(state.request === null, asking.size === 0);
        if (state.request !== null) assert.ok(asking.has(state.request.by) && holder !== null);
      }
    }),
    { numRuns: 500 },
  );
});
