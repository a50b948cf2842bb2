import type { Rung, StreamerStatistics, ViewerInput } from '@moonshare/contract';
import type { ParticipantStatistics } from '../viewer/participant.ts';
import { BitrateMeter } from './bitrate-meter.ts';
import { ProcessMeter } from './process-meter.ts';
import { ViewerCounters } from './viewer-counters.ts';

const SAMPLE_MS = 1_000;

interface Sources {
  viewers(): (ParticipantStatistics & { rung: Rung })[];
  /** Bytes of video from the host so far. */
  hostBytes(): number;
}

const NO_INPUT: Readonly<Record<ViewerInput['kind'], number>> = {
  mouseMove: 0,
  mousePosition: 0,
  mouseButton: 0,
  wheelPixels: 0,
  wheelNotches: 0,
  key: 0,
  text: 0,
  lockKeys: 0,
  touch: 0,
  controllerAdd: 0,
  controllerRemove: 0,
  controllerState: 0,
};

interface Measured extends Pick<StreamerStatistics, 'viewers' | 'viewer_totals' | 'process'> {
  hostBitrateKbps: number;
  inputEvents: StreamerStatistics['input']['events'];
  inputRefused: number;
}

/** The figures of a streamer: rates, input by kind, its viewers, its process. `close` ends its timer. */
export class StatisticsCollector {
  readonly viewers = new ViewerCounters();
  readonly #sources: Sources;
  readonly #process = new ProcessMeter();
  readonly #hostRate = new BitrateMeter();
  readonly #inputEvents = { ...NO_INPUT };
  readonly #timer: NodeJS.Timeout;
  #inputRefused = 0;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS).unref();
  }

  input(viewer: string, kind: ViewerInput['kind']): void {
    this.#inputEvents[kind] += 1;
    this.viewers.input(viewer);
  }

  inputRefused(events: number): void {
    this.#inputRefused += events;
  }

  measure(): Measured {
    const carried = this.#sources.viewers();
    return {
      hostBitrateKbps: this.#hostRate.kbps,
      inputEvents: { ...this.#inputEvents },
      inputRefused: this.#inputRefused,
      viewers: carried.map((stats) => this.viewers.complete(stats)),
      viewer_totals: this.viewers.totals(carried),
      process: this.#process.load(),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#process.close();
  }

  #sample(): void {
    const now = performance.now();
    this.#hostRate.sample(this.#sources.hostBytes(), now);
    this.viewers.sample(this.#sources.viewers(), now);
    this.#process.sample();
  }
}
