import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamerStatistics } from '@moonshare/contract';
import { Registry } from 'prom-client';
import { fakeStats } from '../testing/fake-stats.ts';
import { StreamerSeries } from './streamer-series.ts';

function seriesOf(maxLabels = 2) {
  const register = new Registry();
  const series = new StreamerSeries(register, maxLabels);
  return {
    update: (all: Record<string, StreamerStatistics>) =>
      series.update(new Map(Object.entries(all)), new Set(Object.keys(all))),
    /** The values of one metric by label. */
    values: async (name: string) => {
      const { values } = await register.getSingleMetric(name)!.get();
      return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels)[0] ?? '', value]));
    },
  };
}

function framesOf(frames: number): StreamerStatistics {
  const stats = fakeStats(['p']);
  return { ...stats, host: { ...stats.host, video: { ...stats.host.video, frames } } };
}

test('the series are bounded, however many streamers there are, and nothing is lost', async () => {
  const { update, values } = seriesOf(2);
  const ids = Array.from({ length: 500 }, (_, i) => `agent-${i}`);
  update(Object.fromEntries(ids.map((id) => [id, framesOf(10)])));
  assert.deepEqual(await values('moonshare_streamer_video_frames_total'), {
    'agent-0': 10,
    'agent-1': 10,
    other: 4980,
  });
  assert.equal((await values('moonshare_streamer_viewers')).other, 498);
  assert.equal((await values('moonshare_streamer_host_round_trip_seconds')).other, 0.003);
});

test('streamers that share a label show the worst of all their viewers', async () => {
  const { update, values } = seriesOf(1);
  const estimated = (kbps: number | null): StreamerStatistics => {
    const stats = fakeStats(['p', 'q']);
    return {
      ...stats,
      viewers: stats.viewers.map((viewer, i) => ({ ...viewer, estimated_bitrate_kbps: i === 0 ? kbps : null })),
    };
  };
  update({ a: estimated(900), b: estimated(700), c: estimated(300), d: estimated(null) });
  assert.deepEqual(await values('moonshare_streamer_viewer_estimated_bitrate_min_bits_per_second'), {
    a: 900_000,
    other: 300_000,
  });
});

test('viewers over a WebSocket and viewers who are behind are counted', async () => {
  const { update, values } = seriesOf(1);
  const of = (...viewers: Partial<StreamerStatistics['viewers'][number]>[]): StreamerStatistics => {
    const stats = fakeStats(viewers.map((_viewer, i) => `p${i}`));
    return { ...stats, viewers: stats.viewers.map((viewer, i) => ({ ...viewer, ...viewers[i] })) };
  };
  const socket = { transport: 'websocket' } as const;
  update({ a: of({ ...socket, rung: 'reduced' }, socket, { rung: 'catchingUp' }), b: of(socket), c: of({}) });
  assert.deepEqual(await values('moonshare_streamer_viewers_over_websocket'), { a: 2, other: 1 });
  assert.deepEqual(await values('moonshare_streamer_viewers_behind'), { a: 2, other: 0 });
});

test('counters never fall, neither when a process restarts nor when one of many ends', async () => {
  const { update, values } = seriesOf(1);
  const frames = () => values('moonshare_streamer_video_frames_total');
  update({ a: framesOf(100), b: framesOf(10), c: framesOf(20) });
  update({ a: framesOf(5), b: framesOf(11), c: framesOf(20) });
  assert.deepEqual(await frames(), { a: 105, other: 31 });
  update({ a: framesOf(6), c: framesOf(21) });
  assert.deepEqual(await frames(), { a: 106, other: 32 });
});

test('the series of a streamer end with it, and its label is released', async () => {
  const { update, values } = seriesOf(1);
  update({ a: framesOf(1) });
  update({ b: framesOf(2) });
  assert.deepEqual(await values('moonshare_streamer_video_frames_total'), { b: 2 });
  assert.deepEqual(await values('moonshare_streamer_viewers'), { b: 1 });
});

test('input is counted by kind, not by streamer, and no label identifies a viewer', async () => {
  const register = new Registry();
  const series = new StreamerSeries(register, 5);
  series.update(new Map([['a', fakeStats(['viewer-17'])]]), new Set(['a']));
  const text = await register.metrics();
  assert.match(text, /moonshare_input_events_total\{kind="key"\} 14/);
  assert.match(text, /moonshare_streamer_viewer_loss_max_ratio\{streamer="a"\} 0\.25/);
  assert.doesNotMatch(text, /viewer-17/);
});
