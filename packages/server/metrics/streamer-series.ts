import type { StreamerStatistics, ViewerInput } from '@moonshare/contract';
import { Counter, Gauge, type Registry } from 'prom-client';
import { LabelBudget } from './label-budget.ts';
import { COUNTERS, GAUGES, type GaugeSeries } from './series.ts';

const PREFIX = 'moonshare_streamer_';
const labelNames = ['streamer'] as const;

const TOGETHER: Record<GaugeSeries['together'], (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

/** The counters of streamer processes as series: one label for each of the first `maxLabels` streamers, one for the rest. */
export class StreamerSeries {
  readonly #labels: LabelBudget;
  readonly #counters: { series: (typeof COUNTERS)[number]; metric: Counter<'streamer'> }[];
  readonly #gauges: { series: (typeof GAUGES)[number]; metric: Gauge<'streamer'> }[];
  readonly #input: Counter<'kind'>;
  readonly #inputRefused: Counter;
  /** The last values of each streamer: counters of its process restart, those of the server do not. */
  readonly #last = new Map<string, StreamerStatistics>();

  constructor(register: Registry, maxLabels: number) {
    this.#labels = new LabelBudget(maxLabels);
    const registers = [register];
    this.#counters = COUNTERS.map((series) => ({
      series,
      metric: new Counter({ name: `${PREFIX}${series.name}_total`, help: series.help, labelNames, registers }),
    }));
    this.#gauges = GAUGES.map((series) => ({
      series,
      metric: new Gauge({ name: PREFIX + series.name, help: series.help, labelNames, registers }),
    }));
    this.#input = new Counter({
      name: 'moonshare_input_events_total',
      help: 'Input events from viewers and agents',
      labelNames: ['kind'],
      registers,
    });
    this.#inputRefused = new Counter({
      name: 'moonshare_input_refused_total',
      help: 'Input events beyond the limit of one viewer',
      registers,
    });
  }

  /** `all`: the current values of every streamer that answered. `alive`: the IDs of those that exist. */
  update(all: ReadonlyMap<string, StreamerStatistics>, alive: ReadonlySet<string>): void {
    for (const id of [...this.#last.keys()]) if (!alive.has(id)) this.#forget(id);
    for (const [id, stats] of all) this.#count(id, stats);
    for (const { series, metric } of this.#gauges) {
      metric.reset();
      for (const [label, value] of this.#together(all, series)) metric.set({ streamer: label }, value);
    }
  }

  #count(id: string, stats: StreamerStatistics): void {
    const last = this.#last.get(id);
    const streamer = this.#labels.label(id);
    for (const { series, metric } of this.#counters) {
      metric.inc({ streamer }, grown(series.read(stats), last && series.read(last)));
    }
    for (const kind of Object.keys(stats.input.events) as ViewerInput['kind'][]) {
      this.#input.inc({ kind }, grown(stats.input.events[kind], last?.input.events[kind]));
    }
    this.#inputRefused.inc(grown(stats.input.refused, last?.input.refused));
    this.#last.set(id, stats);
  }

  #forget(id: string): void {
    this.#last.delete(id);
    if (!this.#labels.release(id)) return;
    for (const { metric } of this.#counters) metric.remove({ streamer: id });
  }

  #together(all: ReadonlyMap<string, StreamerStatistics>, series: (typeof GAUGES)[number]): Map<string, number> {
    const values = new Map<string, number>();
    for (const [id, stats] of all) {
      const value = series.read(stats);
      if (value === null) continue;
      const label = this.#labels.label(id);
      const before = values.get(label);
      values.set(label, before === undefined ? value : TOGETHER[series.together](before, value));
    }
    return values;
  }
}

/** A counter that is lower than before has restarted. */
function grown(now: number, before = 0): number {
  return now >= before ? now - before : now;
}
