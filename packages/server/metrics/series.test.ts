import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { EventLog } from '../events/event-log.ts';
import type { StreamerRegistry } from '../streamers/registry.ts';
import { fakeStats } from '../testing/fake-stats.ts';
import { Metrics } from './metrics.ts';
import { StreamerSeries } from './streamer-series.ts';

/** What fakeStats of one viewer contains, as series. */
const EXPECTED: Record<string, number> = {
  video_frames_total: 100,
  video_key_frames_total: 2,
  video_bytes_total: 5000,
  video_lost_frames_total: 6,
  video_recovered_frames_total: 7,
  video_dropped_datagrams_total: 8,
  audio_packets_total: 200,
  audio_lost_packets_total: 9,
  audio_recovered_packets_total: 11,
  idr_requests_total: 12,
  input_packets_total: 13,
  viewer_joins_total: 1,
  viewer_bytes_total: 1000,
  viewer_frames_total: 5,
  viewer_dropped_frames_total: 2,
  viewer_nacks_total: 3,
  viewer_plis_total: 1,
  viewer_resent_packets_total: 4,
  process_cpu_seconds_total: 6,
  viewers: 1,
  viewers_over_websocket: 0,
  viewers_behind: 0,
  host_round_trip_seconds: 0.003,
  video_bitrate_bits_per_second: 4_000_000,
  viewer_bitrate_bits_per_second: 500_000,
  viewer_round_trip_max_seconds: 0.02,
  viewer_loss_max_ratio: 0.25,
  event_loop_delay_p99_seconds: 0.005,
  process_memory_bytes: 50_000_000,
};

test('each series has the value of its counter', async () => {
  const register = new Registry();
  new StreamerSeries(register, 5).update(new Map([['a', fakeStats(['p'])]]), new Set(['a']));
  const lines = (await register.metrics()).split('\n');
  for (const [name, value] of Object.entries(EXPECTED)) {
    assert.ok(lines.includes(`moonshare_streamer_${name}{streamer="a"} ${value}`), name);
  }
});

test('the metrics are bounded, however many streamers a server has', async () => {
  const ids = Array.from({ length: 500 }, (_, i) => `agent-${i}`);
  const streamers = {
    all: () =>
      ids.map((id) => ({
        id,
        stats: async () => fakeStats(['p']),
        info: () => ({ status: 'active', connected_peers: 1 }),
      })),
  } as unknown as StreamerRegistry;
  const metrics = new Metrics(streamers, new EventLog(), null);
  const lengths: number[] = [];
  for (let scrape = 0; scrape < 3; scrape++) {
    const text = await metrics.text();
    const labels = new Set([...text.matchAll(/streamer="([^"]+)"/g)].map(([, label]) => label));
    assert.ok(labels.size <= 51 && labels.has('other'), String(labels.size));
    assert.match(text, /^moonshare_viewers 500$/m);
    lengths.push(text.split('\n').length);
    // Others replace them.
    ids.splice(0, 250, ...Array.from({ length: 250 }, (_, i) => `next-${scrape}-${i}`));
  }
  assert.ok(Math.max(...lengths) < 2_500, lengths.join());
});
