import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Journal } from './journal.ts';

function filled(events: number, capacity: number): Journal {
  const journal = new Journal({ capacity });
  for (let i = 1; i <= events; i++) journal.add({ type: 'streamer.ended', streamer_id: `s${i}` });
  return journal;
}

test('what came after an id is told again, in order', () => {
  const entries = filled(5, 10).since(3);
  assert.deepEqual(
    entries?.map(({ id, event }) => [id, 'streamer_id' in event && event.streamer_id]),
    [
      [4, 's4'],
      [5, 's5'],
    ],
  );
  assert.deepEqual(filled(5, 10).since(5), []);
});

test('the journal is bounded, and says when it no longer knows', () => {
  const journal = filled(50, 10);
  assert.equal(journal.since(40)?.length, 10);
  assert.equal(journal.since(39), null);
  assert.equal(journal.since(51), null, 'an id of another run of the server');
});

test('followers get each event once, until they stop', () => {
  const journal = new Journal();
  const seen: number[] = [];
  const stop = journal.follow(({ id }) => seen.push(id));
  journal.add({ type: 'streamer.ended', streamer_id: 'a' });
  stop();
  journal.add({ type: 'streamer.ended', streamer_id: 'b' });
  assert.deepEqual(seen, [1]);
});
