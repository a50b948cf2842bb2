import { badReply } from './api-error.ts';
import { bytesOf, type Reply } from './fetch.ts';

/** A part of the picture, in pixels of the stream. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface ScreenshotOptions {
  /** Default: jpeg. */
  format?: 'jpeg' | 'png' | 'webp' | undefined;
  /** 1 to 100, of JPEG and WebP. Default: 75. */
  quality?: number | undefined;
  /** Pixels of the longer edge; larger pictures are scaled down. Default: 1568. */
  max_edge?: number | undefined;
  /** Absent: all of it. */
  region?: Region | undefined;
  /** A picture this old will do, which costs nothing. Default: 0, the newest one. */
  max_age_ms?: number | undefined;
  /** How long the server waits for it, perhaps while the host reconnects. Default: 10000. */
  timeout_ms?: number | undefined;
  /** The name of the agent that it is for: the coordinates of its next actions are of this picture. */
  participant?: string | undefined;
}

export interface Screenshot {
  data: Uint8Array<ArrayBuffer>;
  /** Content type. */
  type: string;
  /** Counts the frames of the stream while its process runs. */
  frame: number;
  /** When the frame came, RFC 3339. */
  at: string;
  /** Of the encoded picture, pixels. */
  width: number;
  height: number;
  /** Its pixels per pixel of the stream, at most 1. */
  scale: number;
  /** What part of the stream it shows. */
  region: Region;
  /** Equal for pictures that are equal. */
  hash: string;
}

export function screenshotQuery({ region, ...rest }: ScreenshotOptions) {
  if (region === undefined) return rest;
  const { x, y, width, height } = region;
  return { ...rest, region: `${x},${y},${width},${height}` };
}

/** Throws SERVER_BAD_REPLY. */
export async function readScreenshot(base: string, reply: Reply): Promise<Screenshot> {
  const header = (name: string): string => {
    const value = reply.headers.get(name);
    if (value === null) throw badReply(base, `answered without the header ${name}`, reply.status);
    return value;
  };
  const [x = 0, y = 0, width = 0, height = 0] = header('x-moonshare-region').split(',').map(Number);
  return {
    type: header('content-type'),
    frame: Number(header('x-moonshare-frame')),
    at: header('x-moonshare-time'),
    width: Number(header('x-moonshare-width')),
    height: Number(header('x-moonshare-height')),
    scale: Number(header('x-moonshare-scale')),
    region: { x, y, width, height },
    hash: header('x-moonshare-hash'),
    data: await bytesOf(reply),
  };
}
