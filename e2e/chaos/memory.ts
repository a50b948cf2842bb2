import { setTimeout as delay } from 'node:timers/promises';
import { CREDENTIALS } from '../harness/api.ts';
import { residentBytes } from './proc.ts';
import type { Testbed } from './testbed.ts';

/** A process with fewer samples says nothing about growth. */
const MIN_SAMPLES = 6;
/** Samples taken from the start and the end, so that one outlier decides nothing. */
const TAKEN = 3;
/** After a collection the heap holds only what is referenced: this much may be caches that fill, more is a leak. */
const MAX_HEAP_GROWTH = 8 * 1024 * 1024;
/** Allocators keep freed memory, so this is wide: some faults leave fragmentation, a leak per fault goes beyond it. */
const MAX_RESIDENT_GROWTH = 64 * 1024 * 1024;
const COLLECT_MS = 300;

interface Sample {
  heap: number;
  resident: number;
}

export interface Growth {
  what: string;
  samples: number;
  heap: [from: number, to: number];
  resident: [from: number, to: number];
}

/** Memory of each process over its lifetime, always measured with the same viewers, after a forced collection. */
export class Memory {
  readonly #testbed: Testbed;
  readonly #samples = new Map<string, Sample[]>();

  constructor(testbed: Testbed) {
    this.#testbed = testbed;
  }

  async sample(streamerIds: readonly string[]): Promise<void> {
    const { serverPid, api } = this.#testbed;
    this.#testbed.signalServer('SIGUSR2');
    for (const pid of await this.#testbed.streamerPids()) process.kill(pid, 'SIGUSR2');
    await delay(COLLECT_MS);
    this.#add(`server ${serverPid}`, { heap: await this.#serverHeap(), resident: await residentBytes(serverPid) });
    for (const id of streamerIds) {
      const { statistics } = await api.call<Detail>('GET', `/api/streamers/${id}`);
      if (statistics === null) continue;
      const { pid, heap_bytes, memory_bytes } = statistics.process;
      this.#add(`${id} ${pid}`, { heap: heap_bytes, resident: memory_bytes });
    }
  }

  /** Processes that lived long enough, the longest-lived first. */
  growth(): Growth[] {
    return [...this.#samples]
      .filter(([, samples]) => samples.length >= MIN_SAMPLES)
      .map(([what, samples]) => ({
        what,
        samples: samples.length,
        heap: ends(samples.map(({ heap }) => heap)),
        resident: ends(samples.map(({ resident }) => resident)),
      }))
      .sort((a, b) => b.samples - a.samples);
  }

  lines(): string[] {
    const range = ([from, to]: [number, number]) => `${mb(from)} -> ${mb(to)} MB`;
    return this.growth().map(
      ({ what, samples, heap, resident }) =>
        `${what}, ${samples} rounds: heap ${range(heap)}, resident ${range(resident)}`,
    );
  }

  /** Throws if a process grew too much. */
  check(): void {
    for (const { what, samples, heap, resident } of this.growth()) {
      const grown = (name: string, [from, to]: [number, number], most: number) => {
        if (to - from > most)
          throw new Error(`the ${name} of ${what} grew from ${mb(from)} to ${mb(to)} MB in ${samples} rounds`);
      };
      grown('heap', heap, MAX_HEAP_GROWTH);
      grown('resident memory', resident, MAX_RESIDENT_GROWTH);
    }
  }

  #add(what: string, sample: Sample): void {
    const samples = this.#samples.get(what);
    if (samples === undefined) this.#samples.set(what, [sample]);
    else samples.push(sample);
  }

  async #serverHeap(): Promise<number> {
    const headers = { authorization: `Bearer ${CREDENTIALS}` };
    const text = await (await fetch(`${this.#testbed.api.url}/metrics`, { headers })).text();
    return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1]);
  }
}

interface Detail {
  statistics: { process: { pid: number; heap_bytes: number; memory_bytes: number } } | null;
}

/** The first sample is dropped: that process had only just started. */
function ends(values: number[]): [number, number] {
  return [median(values.slice(1, 1 + TAKEN)), median(values.slice(-TAKEN))];
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

export function mb(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
