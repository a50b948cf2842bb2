import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MoonshareError } from '@moonshare/contract';
import { type Newcomer, Roster } from './roster.ts';

const AT = new Date(0);
const newcomer = (peerId: string, rest: Partial<Newcomer> = {}): Newcomer => ({
  peerId,
  role: 'full',
  given: null,
  said: null,
  succeeds: null,
  ...rest,
});

describe('the roster', () => {
  it('names people by what is given, by what they say, or as guests, and tells those of the same name apart', () => {
    const roster = new Roster({ agentMs: 60_000 });
    const join = (peerId: string, rest: Partial<Newcomer> = {}) => roster.join(newcomer(peerId, rest), AT).entry.name;
    assert.equal(join('1'), 'Guest 1');
    assert.equal(join('2', { said: 'Anna' }), 'Anna');
    assert.equal(join('3', { given: 'ANNA', said: 'Eve' }), 'ANNA (2)');
    assert.equal(join('4', { said: 'x'.repeat(64) }), 'x'.repeat(64));
    assert.equal(join('5', { said: 'x'.repeat(64) }), `${'x'.repeat(60)} (2)`);
    assert.equal(join('6'), 'Guest 2');
  });

  it('lets people name themselves, unless a name was given to them', () => {
    const roster = new Roster({ agentMs: 60_000 });
    roster.join(newcomer('a'), AT);
    roster.join(newcomer('b', { given: 'Boss' }), AT);
    assert.ok(roster.rename('a', ' boss '));
    assert.equal(roster.get('a')?.name, 'boss (2)');
    assert.ok(!roster.rename('a', '\u202e'));
    assert.ok(!roster.rename('b', 'Other'));
  });

  it('keeps a viewer who was cut off for a moment, with its identity, and forgets it then', () => {
    const roster = new Roster({ agentMs: 60_000 });
    roster.join(newcomer('a', { said: 'Anna' }), AT);
    assert.equal(roster.leave('a', { mayReturn: true, now: 0 }), null);
    assert.equal(roster.wakeAt, 3_000);
    const { entry, isNew } = roster.join(newcomer('b', { succeeds: 'a' }), AT);
    assert.deepEqual([isNew, entry.id, entry.name, roster.of('b')?.id], [false, 'a', 'Anna', 'a']);
    assert.equal(roster.of('a'), null);
    roster.leave('b', { mayReturn: true, now: 10_000 });
    assert.deepEqual(roster.advance(12_999), []);
    assert.deepEqual(
      roster.advance(13_000).map(({ id }) => id),
      ['a'],
    );
    assert.ok(roster.join(newcomer('c', { succeeds: 'b' }), AT).isNew);
  });

  it('has an agent until a while after its last call, and not too many of them', () => {
    const roster = new Roster({ agentMs: 60_000 });
    for (let count = 0; count < 16; count += 1) roster.visit({ id: `agent-${count}`, name: 'agent' }, AT, 0);
    assert.equal(roster.get('agent-15')?.name, 'agent (16)');
    assert.ok(!roster.visit({ id: 'agent-0', name: 'agent' }, AT, 1_000).isNew);
    assert.throws(
      () => roster.visit({ id: 'agent-16', name: 'agent' }, AT, 1_000),
      (error: MoonshareError) => error.code === 'RATE_LIMITED',
    );
    assert.equal(roster.advance(60_000).length, 15);
    assert.equal(roster.wakeAt, 61_000);
  });
});
