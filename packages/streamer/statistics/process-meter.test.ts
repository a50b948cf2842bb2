import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessMeter } from './process-meter.ts';

test('reports a blocked event loop and what the process costs', async () => {
  const meter = new ProcessMeter();
  await delay(60);
  for (const end = performance.now() + 150; performance.now() < end; );
  // The histogram's own timer must run once after the block.
  while (meter.load().event_loop_delay_ms.max < 100) await delay(10);
  const load = meter.load();
  assert.ok(load.event_loop_delay_ms.p99 > load.event_loop_delay_ms.mean);
  assert.ok(load.memory_bytes > load.heap_bytes && load.heap_bytes > 0 && load.cpu_seconds > 0.1);
  assert.equal(load.pid, process.pid);
  meter.close();
});
