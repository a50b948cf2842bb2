import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadNative } from '@moonshare/webrtc';
import { AttackScene } from './attack-scene.ts';
import { ATTACKS } from './attacks.ts';

/** Of what is ignored. */
const TIMES = 1_000;
const UNTIL_CLOSED = Number.MAX_SAFE_INTEGER;

describe('attacks on a streamer that others watch', { skip: 'reason' in loadNative() }, () => {
  let scene: AttackScene;

  before(async () => {
    scene = await AttackScene.start(2, 'without-refill');
  });
  after(() => scene?.close());

  for (const [name, { ends, times }] of Object.entries(ATTACKS)) {
    it(`${name}: ${ends === null ? 'ignored' : `the attacker is closed with ${ends}`}`, async () => {
      const { closed } = await scene.attack(name, ends === null ? Math.min(times, TIMES) : UNTIL_CLOSED);
      assert.equal(closed, ends);
      await scene.showsAll();
    });
  }
});
