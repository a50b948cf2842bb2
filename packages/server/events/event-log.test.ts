import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLog } from './event-log.ts';

function filled(events: number, capacity: number): EventLog {
  const eventLog = new EventLog({ capacity });
  for (let i = 1; i <= events; i++) eventLog.add({ type: 'streamer.ended', streamer_id: `s${i}` });
  return eventLog;
}

test('events after an ID are returned again, in order', () => {
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

test('the event log is bounded, and reports when it no longer has the events', () => {
  const eventLog = filled(50, 10);
  assert.equal(eventLog.since(40)?.length, 10);
  assert.equal(eventLog.since(39), null);
  assert.equal(eventLog.since(51), null, 'an id of another run of the server');
});

test('followers get each event once, until they stop', () => {
  const eventLog = new EventLog();
  const seen: number[] = [];
  const stop = eventLog.follow(({ id }) => seen.push(id));
  eventLog.add({ type: 'streamer.ended', streamer_id: 'a' });
  stop();
  eventLog.add({ type: 'streamer.ended', streamer_id: 'b' });
  assert.deepEqual(seen, [1]);
});
