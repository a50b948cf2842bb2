import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WaitOptions } from '@moonshare/contract';
import fc from 'fast-check';
import { PictureWait } from './picture-wait.ts';

const OPTIONS: WaitOptions = { until: 'stable', quietMs: 500, region: null, threshold: null };

test('it is stable when nothing has changed for long enough, counted from the first frame', () => {
  const wait = new PictureWait(OPTIONS);
  assert.deepEqual(wait.advance(10_000), { events: [], wakeAt: Number.POSITIVE_INFINITY });
  wait.started(1_000);
  assert.equal(wait.changed(1_400).wakeAt, 1_900);
  assert.deepEqual(wait.advance(1_899).events, []);
  assert.deepEqual(wait.advance(1_900).events, [{ type: 'over', outcome: 'stable' }]);
  assert.deepEqual(wait.advance(9_000).events, []);
});

test('a lost stream is no stable picture', () => {
  const wait = new PictureWait(OPTIONS);
  wait.started(0);
  wait.lost();
  assert.deepEqual(wait.advance(10_000).events, []);
  wait.started(20_000);
  assert.equal(wait.advance(20_000).wakeAt, 20_500);
});

test('a change counts only after the first frame, and once', () => {
  const wait = new PictureWait({ ...OPTIONS, until: 'change' });
  assert.deepEqual(wait.changed(0).events, []);
  wait.started(1);
  assert.deepEqual(wait.advance(1e6).events, []);
  assert.deepEqual(wait.changed(2e6).events, [{ type: 'over', outcome: 'changed' }]);
  assert.deepEqual(wait.changed(3e6).events, []);
});

test('stable means that the last change is at least that long ago, whatever happens', () => {
  const step = fc.record({ after: fc.nat(700), what: fc.constantFrom('changed', 'lost', 'started', 'advance') });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const wait = new PictureWait(OPTIONS);
      let [now, quietSince] = [0, Number.POSITIVE_INFINITY];
      for (const { after, what } of steps) {
        now += after;
        if (wait.advance(now).events.length > 0) {
          assert.ok(now - quietSince >= 500);
          return;
        }
        if (what === 'started') {
          wait.started(now);
          quietSince = Math.min(quietSince, now);
        } else if (what === 'lost') {
          wait.lost();
          quietSince = Number.POSITIVE_INFINITY;
        } else if (what === 'changed') {
          wait.changed(now);
          if (quietSince !== Number.POSITIVE_INFINITY) quietSince = now;
        }
        assert.ok(now - quietSince < 500, 'it was stable, and nobody was told');
      }
    }),
  );
});
