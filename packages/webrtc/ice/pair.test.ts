import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Pair, pairPriority } from './pair.ts';

it('the priority of a pair is that of RFC 8445 §6.1.2.3, the same on both sides', () => {
  const pair = (localPriority: number, remotePriority: number) => ({ localPriority, remotePriority }) as Pair;
  assert.equal(pairPriority(pair(10, 20), 'controlling'), 10n * 2n ** 32n + 40n);
  assert.equal(pairPriority(pair(20, 10), 'controlling'), 10n * 2n ** 32n + 41n);
  assert.equal(pairPriority(pair(20, 10), 'controlled'), 10n * 2n ** 32n + 40n);
  assert.equal(pairPriority(pair(0xffff_ffff, 0xffff_ffff), 'controlled'), 0xffff_ffffn * 2n ** 32n + 0x1_ffff_fffen);
});
