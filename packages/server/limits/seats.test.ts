import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimitError, type LimitName } from '../auth/limit-error.ts';
import { type Rank, Seats } from './seats.ts';

const VIEWERS = { code: 'VIEWER_LIMIT', limit: 'viewers', of: 'viewers' } as const;

/** The limit for which it is refused; null if it gets a seat. */
function refused(seats: Seats, rank: Rank, address: string, linkId: number | null = null): LimitName | null {
  try {
    seats.take({ owner: { address, linkId }, rank });
    return null;
  } catch (error) {
    assert.ok(error instanceof LimitError && error.code === 'VIEWER_LIMIT');
    return error.limit;
  }
}

/** How many get a seat, each from another address, with links of ten each. */
function fill(seats: Seats, rank: Rank, count: number): number {
  const attempts = Array.from({ length: count }, (_, i) => refused(seats, rank, `${rank}${i}`, Math.floor(i / 10)));
  return attempts.filter((reason) => reason === null).length;
}

test('one address may have half of the seats, and one link three quarters of those for watching', () => {
  const seats = new Seats(64, VIEWERS);
  const byAddress = Array.from({ length: 33 }, (_, i) => refused(seats, 'control', 'a', Math.floor(i / 10)));
  assert.deepEqual([byAddress.at(-2), byAddress.at(-1)], [null, 'viewers-by-address']);
  const others = new Seats(64, VIEWERS);
  const byLink = Array.from({ length: 43 }, (_, i) => refused(others, 'watch', `a${i}`, 5));
  assert.deepEqual([byLink.at(-2), byLink.at(-1)], [null, 'viewers-by-link']);
  assert.equal(refused(others, 'watch', 'b', 6), null);
});

test('some seats are reserved for those who may control, and some of these for admins', () => {
  const seats = new Seats(64, VIEWERS);
  assert.equal(fill(seats, 'watch', 100), 56);
  assert.equal(fill(seats, 'control', 100), 6);
  assert.equal(fill(seats, 'admin', 100), 2);
});

test('with few seats, addresses are not counted and one seat is reserved', () => {
  for (const [total, watch] of [
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 3],
  ] as const) {
    const seats = new Seats(total, VIEWERS);
    const got = Array.from({ length: total }, () => refused(seats, 'watch', 'a', 1)).filter((one) => one === null);
    assert.equal(got.length, watch);
    for (let i = watch; i < total; i++) assert.equal(refused(seats, 'control', 'a', 2), null);
    assert.equal(refused(seats, 'admin', 'b'), 'viewers');
  }
});

test('a platform that presents the credentials for many is not counted by address', () => {
  const seats = new Seats(64, VIEWERS);
  for (let i = 0; i < 64; i++) assert.equal(refused(seats, 'admin', 'platform'), null);
});

test('a released seat is free again for that address and link, once', () => {
  const seats = new Seats(8, VIEWERS);
  const claim = { owner: { address: 'a', linkId: 1 }, rank: 'watch' } as const;
  const taken = Array.from({ length: 4 }, () => seats.take(claim));
  assert.throws(() => seats.take(claim), LimitError);
  for (const giveBack of [...taken, ...taken]) giveBack();
  for (let i = 0; i < 4; i++) seats.take(claim);
  assert.throws(() => seats.take(claim), LimitError);
});

test('releasing a seat twice frees it once', () => {
  const seats = new Seats(64, VIEWERS);
  const take = (address: string) => seats.take({ owner: { address, linkId: null }, rank: 'admin' });
  const leave = take('a');
  for (let i = 1; i < 64; i++) take('b');
  leave();
  leave();
  assert.equal(refused(seats, 'admin', 'c'), null);
  assert.equal(refused(seats, 'admin', 'd'), 'viewers');
});
