import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamerStatistics } from '@moonshare/contract';
import { cpuPercent, framesPerSecond, measured } from './rates.ts';

function statistics(counts: { pid?: number; uptime: number; cpu?: number; frames?: number }): StreamerStatistics {
  const { pid = 1, uptime, cpu = 0, frames = 0 } = counts;
  const nothing = { bytes_sent: 0, packets_sent: 0, frames_sent: 0, frames_dropped: 0 };
  const video = { frames, key_frames: 0, lost_frames: 0, recovered_frames: 0, bytes: 0, dropped_datagrams: 0 };
  return {
    host: {
      round_trip_ms: null,
      idr_requests: 0,
      bitrate_kbps: 0,
      video,
      audio: { packets: 0, lost: 0, recovered: 0 },
    },
    input: { events: {} as StreamerStatistics['input']['events'], refused: 0, packets_to_host: 0 },
    viewers: [],
    viewer_totals: { ...nothing, nacks_received: 0, packets_resent: 0, plis_received: 0, joins: 0 },
    webrtc_stack: 'native',
    process: {
      pid,
      uptime_seconds: uptime,
      memory_bytes: 0,
      heap_bytes: 0,
      cpu_seconds: cpu,
      event_loop_delay_ms: { mean: 0, p99: 0, max: 0 },
    },
  };
}

test('rates are what was counted between two answers, by the process’s own clock', () => {
  const first = measured(undefined, statistics({ uptime: 10, cpu: 1, frames: 100 }));
  const second = measured(first, statistics({ uptime: 12, cpu: 1.5, frames: 220 }));
  assert.equal(cpuPercent(second), 25);
  assert.equal(framesPerSecond(second), 60);
});

test('the first answer has the CPU since the process started, and no frame rate', () => {
  const first = measured(undefined, statistics({ uptime: 10, cpu: 1, frames: 100 }));
  assert.equal(cpuPercent(first), 10);
  assert.equal(framesPerSecond(first), null);
});

test('a process that replaced another counts from zero', () => {
  const first = measured(undefined, statistics({ pid: 1, uptime: 100, cpu: 50, frames: 6000 }));
  const second = measured(first, statistics({ pid: 2, uptime: 2, cpu: 1, frames: 60 }));
  assert.equal(second.before, null);
  assert.equal(cpuPercent(second), 50);
});

test('the same answer twice does not divide by zero', () => {
  const answer = statistics({ uptime: 0, frames: 5 });
  const again = measured(measured(undefined, answer), answer);
  assert.equal(cpuPercent(again), null);
  assert.equal(framesPerSecond(again), null);
});
