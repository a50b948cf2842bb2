import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PingSchedule } from './ping.ts';

/** Calls `advance` when it asks to be called; returns the times of pings up to `end`. */
function pingTimes(
  schedule: PingSchedule,
  first: { datagram: Buffer | null; wakeAt: number },
  from: number,
  end: number,
) {
  const times = first.datagram === null ? [] : [from];
  for (let wakeAt = first.wakeAt; wakeAt <= end; ) {
    const output = schedule.advance(wakeAt);
    if (output.datagram !== null) times.push(wakeAt);
    wakeAt = output.wakeAt;
  }
  return times;
}

test('the extended form: payload as received and a counter from 1', () => {
  const schedule = new PingSchedule('0123456789ABCDEF');
  assert.equal(schedule.start(0).datagram?.toString('hex'), '3031323334353637383941424344454600000001');
  assert.equal(schedule.advance(500).datagram?.toString('hex'), '3031323334353637383941424344454600000002');
});

test('a payload may hold any printable character', () => {
  assert.equal(new PingSchedule(' ;:"~=,/.-_|abc ').start(0).datagram?.toString('latin1', 0, 16), ' ;:"~=,/.-_|abc ');
});

test('without payload the four bytes PING', () => {
  assert.equal(new PingSchedule(null).start(0).datagram?.toString('hex'), '50494e47');
});

test('nothing goes out before the stream is set up', () => {
  assert.deepEqual(new PingSchedule(null).advance(1e6), { datagram: null, wakeAt: Number.POSITIVE_INFINITY });
});

test('with a payload: every 40 ms from the ANNOUNCE reply until the first datagram, then every 500', () => {
  const schedule = new PingSchedule('0123456789ABCDEF');
  assert.deepEqual(pingTimes(schedule, schedule.start(0), 0, 130), [0]);
  assert.deepEqual(pingTimes(schedule, schedule.announced(150), 150, 300), [150, 190, 230, 270]);
  schedule.received();
  assert.deepEqual(pingTimes(schedule, schedule.advance(310), 310, 2000), [310, 810, 1310, 1810]);
});

test('without a payload never faster than every 500 ms', () => {
  const schedule = new PingSchedule(null);
  assert.deepEqual(pingTimes(schedule, schedule.start(0), 0, 130), [0]);
  assert.deepEqual(pingTimes(schedule, schedule.announced(150), 150, 1700), [500, 1000, 1500]);
});

test('media that came before the ANNOUNCE reply needs no fast pings', () => {
  const schedule = new PingSchedule('0123456789ABCDEF');
  schedule.start(0);
  schedule.received();
  assert.deepEqual(schedule.announced(20), { datagram: null, wakeAt: 500 });
});
