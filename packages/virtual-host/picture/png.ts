import { crc32, deflateSync } from 'node:zlib';
import type { Canvas } from './canvas.ts';

/** The canvas as a PNG file, 8-bit RGB. */
export function encodePng(canvas: Canvas): Buffer {
  const { width, height } = canvas;
  const rows = Buffer.alloc(height * (1 + 3 * width));
  let to = 0;
  for (let y = 0; y < height; y++) {
    rows[to++] = 0; // filter type: none
    for (let x = 0; x < width; x++) {
      const chroma = (y >> 1) * (width >> 1) + (x >> 1);
      const luma = (canvas.y[y * width + x]! - 16) / 219;
      const cb = (canvas.u[chroma]! - 128) / 224;
      const cr = (canvas.v[chroma]! - 128) / 224;
      rows[to++] = channel(luma + 1.5748 * cr);
      rows[to++] = channel(luma - 0.1873 * cb - 0.4681 * cr);
      rows[to++] = channel(luma + 1.8556 * cb);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function channel(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
