import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { actionsRequestSchema, MoonshareError, type ViewerInput } from '@moonshare/contract';
import fc from 'fast-check';
import type { Pictures } from '../pictures/pictures.ts';
import type { Streamer } from '../streamers/streamer.ts';
import { Batch } from './batch.ts';
import { Turns } from './turns.ts';

const action = fc.constantFrom(
  { action: 'left_click', coordinate: [1, 2], text: 'ctrl+shift' },
  { action: 'left_mouse_down' },
  { action: 'left_mouse_up' },
  { action: 'key', text: 'ctrl+a' },
  { action: 'type', text: 'aB' },
  { type: 'double_click', x: 3, y: 4, keys: ['ALT'] },
  { action: 'cursor_position' },
);

/** How a batch is cut short, at its nth message to the streamer. */
const end = fc.record({
  how: fc.constantFrom('none', 'gone', 'lost', 'inactive', 'died'),
  at: fc.integer({ min: 1, max: 12 }),
});

/** A streamer that ends a batch when it is told to; what is down there. */
function scripted({ how, at }: { how: string; at: number }) {
  const down = new Set<string>();
  const gone = new AbortController();
  const lost = new AbortController();
  const taps = Object.assign(new EventEmitter(), { isStreaming: true, end: null });
  let messages = 0;
  /** The batch has been told, or will be with this answer. */
  let isOver = false;
  let sentAfter = 0;
  const apply = (event: ViewerInput) => {
    if (event.kind !== 'key' && event.kind !== 'mouseButton') return;
    const name = event.kind === 'key' ? `key ${event.virtualKey}` : `button ${event.button}`;
    if (event.down) down.add(name);
    else down.delete(name);
  };
  const streamer = {
    status: 'active',
    pictureSize: { width: 640, height: 360 },
    taps,
    participants: {
      visit: () => {},
      enter: () => ({ isIn: true, lost: lost.signal }),
    },
    input: async (_agent: unknown, { events, release }: { events: ViewerInput[]; release: boolean }) => {
      messages += 1;
      if (isOver && events.length > 0) sentAfter += 1;
      if (messages === at && how !== 'none' && how !== 'died') isOver = true;
      if (messages === at && how === 'inactive') throw new MoonshareError('STREAMER_NOT_ACTIVE');
      for (const event of events) apply(event);
      if (release) down.clear();
      if (messages === at && how === 'gone') gone.abort(new MoonshareError('ACCESS_REVOKED'));
      if (messages === at && how === 'lost') lost.abort(new MoonshareError('CONTROL_TAKEN'));
      if (messages === at && how === 'died') {
        down.clear();
        // The answer has not been read yet.
        setImmediate(() => {
          isOver = down.size > 0;
          taps.isStreaming = false;
          taps.emit('changed');
          taps.isStreaming = true;
          taps.emit('changed');
        });
      }
      return { accepted: events.length, refused: 0 };
    },
  };
  return {
    streamer: streamer as unknown as Streamer,
    signal: gone.signal,
    down,
    wasCut: () => how !== 'none' && messages >= at,
    sentAfter: () => sentAfter,
  };
}

test('however a request ends, it leaves down only what it was asked to, and nothing follows its end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 3 }), end, async (actions, cut) => {
      const { streamer, signal, down, wasCut, sentAfter } = scripted(cut);
      const request = actionsRequestSchema.parse({ actions });
      const memory = { turns: new Turns(), shown: null, pointer: null };
      const agent = { id: 'agent-1', name: 'Otto', caller: 'c', by: { kind: 'credentials' } } as const;
      const batch = new Batch({ streamer, agent, request, memory, pictures: {} as Pictures, signal, done: () => {} });
      const outcome = await batch.run().catch((error: MoonshareError) => error);
      if (outcome instanceof MoonshareError) {
        assert.ok(wasCut(), outcome.message);
        assert.deepEqual([...down], [], 'held after the end');
        assert.equal(sentAfter(), 0, 'input after the end');
        const statuses = (outcome.details!.results as { status: string }[]).map(({ status }) => status).join();
        assert.match(statuses, /^(done,?)*(failed,?)?(skipped,?)*$/);
      } else {
        const isHeld = actions.findLast((each) => /^left_(mouse|click)/.test(each.action ?? '') || each.type)?.action;
        // What died with the session may have come back before anything was held.
        if (cut.how !== 'died') assert.deepEqual([...down], isHeld === 'left_mouse_down' ? ['button 1'] : []);
      }
    }),
    { numRuns: 60 },
  );
});
