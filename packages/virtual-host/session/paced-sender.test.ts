import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacedSender } from './paced-sender.ts';

const frame = (datagrams: number, fill: number) => Array.from({ length: datagrams }, () => Buffer.alloc(1408, fill));

test('a large frame leaves in batches, a small one at once, each complete and in order', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const batches: Buffer[][] = [];
  const sender = new PacedSender((datagrams) => batches.push(datagrams));
  sender.add(frame(40, 1));
  assert.deepEqual(
    batches.map(({ length }) => length),
    [40],
  );
  sender.add(frame(100, 2));
  sender.add(frame(30, 3));
  for (let ms = 0; ms < 10; ms += 1) t.mock.timers.tick(1);
  assert.ok(batches.every((batch) => batch.length <= 64 && Buffer.concat(batch).length <= 65_536));
  assert.deepEqual(
    batches.flat().map((datagram) => datagram[0]),
    [frame(40, 1), frame(100, 2), frame(30, 3)].flat().map((datagram) => datagram[0]),
  );
  sender.add(frame(100, 4));
  const before = batches.length;
  sender.stop();
  t.mock.timers.tick(10);
  assert.equal(batches.length, before);
});
