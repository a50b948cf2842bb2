import {
  type ActionsRequest,
  MoonshareError,
  type Picture,
  type PictureFormat,
  type Region,
  type Screenshot,
} from '@moonshare/contract';
import type { Pictures } from '../pictures/pictures.ts';
import type { Streamer } from '../streamers/streamer.ts';
import { type AgentMemory, noteShown } from './agent-memory.ts';

/** How long a picture may take. */
const PICTURE_MS = 10_000;
/** How much longer than `settle_ms` it is waited for a picture that keeps changing. */
const UNSETTLED_MS = 1_500;

const TYPES = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp' } as const satisfies Record<
  PictureFormat,
  string
>;

interface BatchPicturesOptions {
  streamer: Streamer;
  request: Pick<ActionsRequest, 'format' | 'quality' | 'max_edge' | 'settle_ms'>;
  memory: AgentMemory;
  pictures: Pictures;
}

/** The pictures of one request for actions, which show what the input before them has led to. */
export class BatchPictures {
  readonly #options: BatchPicturesOptions;
  /** Something was sent that may not be visible yet. */
  #isUnsettled = false;

  constructor(options: BatchPicturesOptions) {
    this.#options = options;
  }

  noteInput(): void {
    this.#isUnsettled = true;
  }

  /** `region`: in pixels of the stream; null: all of it. Throws what `Pictures.screenshot` throws. */
  async take(region: Region | null, signal: AbortSignal): Promise<Screenshot> {
    const { pictures, streamer, memory, request } = this.#options;
    const settled = await this.#settle(signal);
    const { format, quality, max_edge: maxEdge } = request;
    const picture = await pictures.screenshot(streamer, {
      maxAgeMs: 0,
      options: { format, quality, maxEdge, region },
      timeoutMs: PICTURE_MS,
      signal,
    });
    noteShown(memory, picture);
    return describe(picture, format, settled);
  }

  /** Whether nothing changes any more. */
  async #settle(signal: AbortSignal): Promise<boolean> {
    const { pictures, streamer, request } = this.#options;
    if (!this.#isUnsettled || request.settle_ms === 0) return true;
    this.#isUnsettled = false;
    const options = { until: 'stable' as const, region: null, quietMs: request.settle_ms, threshold: null };
    try {
      await pictures.wait(streamer, { options, timeoutMs: request.settle_ms + UNSETTLED_MS, signal });
      return true;
    } catch (error) {
      if (error instanceof MoonshareError && error.code === 'WAIT_TIMEOUT') return false;
      throw error;
    }
  }
}

function describe(picture: Picture, format: PictureFormat, settled: boolean): Screenshot {
  const { data, width, height, streamWidth, streamHeight, region, scale, frame, receivedAt, hash } = picture;
  return {
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    media_type: TYPES[format],
    width,
    height,
    stream_width: streamWidth,
    stream_height: streamHeight,
    region,
    scale,
    frame,
    at: new Date(receivedAt).toISOString(),
    hash,
    settled,
  };
}
