import { ascii, box, fullBox, join, u8, u16, u32, u64, zeros } from './box.ts';

// Fragmented MP4 (ISO/IEC 14496-12 §8.8), as MediaSource takes it: one track in each file, and segments of a few samples. Our own, since
// libraries write a sample only when the next one has come, and keep a list of all they have written (docs/adr/0011).

const TRACK = 1;
/** No rotation, no scaling. */
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000);
/** sample_depends_on and sample_is_non_sync_sample. */
const FLAGS = { sync: 0x0200_0000, dependent: 0x0101_0000 };

export interface Track {
  /** Units of time in a second. */
  timescale: number;
  /** The box that describes the samples. */
  entry: Uint8Array;
  /** The size of the picture; null: it is sound. */
  picture: { width: number; height: number } | null;
}

export interface Sample {
  /** Until the next one, in units of the timescale. */
  duration: number;
  /** Decoding can begin with it. */
  isSync: boolean;
  data: Uint8Array;
}

/** What comes before the first segment, and again when the entry changes. */
export function initializationSegment({ timescale, entry, picture }: Track): Uint8Array<ArrayBuffer> {
  const { width, height } = picture ?? { width: 0, height: 0 };
  const volume = picture === null ? 0x100 : 0;
  const handler = picture === null ? 'soun' : 'vide';
  const table = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), entry),
    ...['stts', 'stsc', 'stco'].map((type) => fullBox(type, 0, 0, u32(0))),
    fullBox('stsz', 0, 0, u32(0, 0)),
  );
  const header = picture === null ? fullBox('smhd', 0, 0, zeros(4)) : fullBox('vmhd', 0, 1, zeros(8));
  const information = box('minf', header, box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))), table);
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, timescale, 0), u16(0x55c4, 0)),
    fullBox('hdlr', 0, 0, u32(0), ascii(handler), zeros(13)),
    information,
  );
  const trackHeader = fullBox(
    'tkhd',
    0,
    3,
    u32(0, 0, TRACK, 0, 0, 0, 0),
    u16(0, 0, volume, 0),
    MATRIX,
    u32(width * 0x10000, height * 0x10000),
  );
  // Without a duration it is live, which makes browsers hold back less.
  const movie = fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, 1000, 0, 0x10000),
    u16(0x100),
    zeros(10),
    MATRIX,
    zeros(24),
    u32(TRACK + 1),
  );
  const extension = box('mvex', fullBox('trex', 0, 0, u32(TRACK, 1, 0, 0, 0)));
  return join([
    box('ftyp', ascii('iso6'), u32(0), ascii('iso6mp41')),
    box('moov', movie, box('trak', trackHeader, media), extension),
  ]);
}

/** `time`: of the first sample, in units of the timescale; `sequence`: counts the segments. */
export function mediaSegment(sequence: number, time: number, samples: readonly Sample[]): Uint8Array<ArrayBuffer> {
  const data = samples.map((sample) => sample.data);
  const fragment = (offset: number): Uint8Array =>
    box(
      'moof',
      fullBox('mfhd', 0, 0, u32(sequence)),
      box(
        'traf',
        // Offsets count from the beginning of this box.
        fullBox('tfhd', 0, 0x02_0000, u32(TRACK)),
        fullBox('tfdt', 1, 0, u64(time)),
        fullBox('trun', 0, 0x0701, u32(samples.length, offset), ...samples.map(describe)),
      ),
    );
  const offset = fragment(0).length + 8;
  return join([fragment(offset), box('mdat', ...data)]);
}

function describe({ duration, isSync, data }: Sample): Uint8Array {
  return u32(duration, data.length, isSync ? FLAGS.sync : FLAGS.dependent);
}

/** The beginning of every entry: data_reference_index. */
export function sampleEntry(type: string, ...contents: readonly Uint8Array[]): Uint8Array {
  return box(type, u8(0, 0, 0, 0, 0, 0, 0, 1), ...contents);
}
