import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { InputOutcome, ViewerInput } from '@moonshare/contract';
import type { InputPacket } from '@moonshare/gamestream';
import { AgentInput } from './agent-input.ts';
import { InputArbiter } from './arbiter.ts';

const SHIFT = 0xa0;
const key = (virtualKey: number, down: boolean): ViewerInput => ({ kind: 'key', down, modifiers: 0, virtualKey });

const ONE = { id: 'agent-1', caller: 'token:1' };
const OTHER = { id: 'agent-2', caller: 'token:1' };
const done = (accepted: number, refused: number): InputOutcome => ({ outcome: 'done', answer: { accepted, refused } });

function setUp(context: TestContext, allows: (event: ViewerInput) => boolean = () => true) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const arbiter = new InputArbiter();
  arbiter.hostUp({ touch: false, fineWheel: false });
  const sent: InputPacket[] = [];
  const agent = new AgentInput({
    join: ({ id }) => arbiter.join(id, 'full'),
    handle: (id, events) => {
      if (!events.every(allows)) return done(0, events.length);
      for (const event of events) sent.push(...arbiter.handle(id, event));
      return done(events.length, 0);
    },
    leave: (id) => void sent.push(...arbiter.leave(id)),
  });
  return { agent, arbiter, sent, kinds: () => sent.map(({ kind }) => kind) };
}

test('everything held is released 10 s after the last request', (context) => {
  const { agent, kinds } = setUp(context);
  agent.take(ONE, [key(SHIFT, true)], false);
  context.mock.timers.tick(9_999);
  agent.take(ONE, [{ kind: 'mouseMove', dx: 1, dy: 1 }], false);
  context.mock.timers.tick(9_999);
  assert.deepEqual(kinds(), ['keyDown', 'mouseMove']);
  context.mock.timers.tick(1);
  assert.deepEqual(kinds(), ['keyDown', 'mouseMove', 'keyUp']);
});

test('release takes effect at once, and the next request starts over', (context) => {
  const { agent, kinds } = setUp(context);
  const events = [key(SHIFT, true), { kind: 'mouseButton' as const, down: true, button: 1 }];
  assert.deepEqual(agent.take(ONE, events, true), done(2, 0));
  assert.deepEqual(kinds(), ['keyDown', 'mouseDown', 'keyUp', 'mouseUp']);
  agent.take(ONE, [key(SHIFT, true)], false);
  assert.equal(kinds().at(-1), 'keyDown');
});

test('a key that a viewer holds as well stays down', (context) => {
  const { agent, arbiter, kinds } = setUp(context);
  arbiter.join('person', 'full');
  arbiter.handle('person', key(SHIFT, true));
  agent.take(ONE, [key(SHIFT, true)], true);
  assert.deepEqual(kinds(), []);
});

test('a request beyond the budget is refused as a whole, but release still takes effect', (context) => {
  const { agent, kinds } = setUp(context, (event) => event.kind === 'key');
  const events = [key(SHIFT, true), { kind: 'text' as const, text: 'a' }, key(0x41, true)];
  assert.deepEqual(agent.take(ONE, events, false), done(0, 3));
  assert.deepEqual(kinds(), []);
  agent.take(ONE, [key(SHIFT, true)], false);
  assert.deepEqual(agent.take(ONE, events, true), done(0, 3));
  assert.deepEqual(kinds(), ['keyDown', 'keyUp']);
});

test('each agent holds for itself', (context) => {
  const { agent, kinds } = setUp(context);
  agent.take(ONE, [key(SHIFT, true)], false);
  agent.take(OTHER, [key(SHIFT, true), key(0x41, true)], true);
  assert.deepEqual(kinds(), ['keyDown', 'keyDown', 'keyUp']);
  context.mock.timers.tick(10_000);
  assert.deepEqual(kinds(), ['keyDown', 'keyDown', 'keyUp', 'keyUp']);
});
