import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Images are compressed already. */
const TEXT = ['.js', '.css', '.svg', '.webmanifest'];
const WAYS = [
  { extension: '.br', compress: brotli },
  { extension: '.gz', compress: (data: Buffer) => gzipSync(data, { level: constants.Z_BEST_COMPRESSION }) },
] as const;

function brotli(data: Buffer): Buffer {
  return brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
}

/** Puts a `.br` and a `.gz` beside each file of text in it that becomes smaller, for servers that send those to browsers that take them. */
export function compressFiles(directory: string): void {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !TEXT.includes(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const data = readFileSync(path);
    for (const { extension, compress } of WAYS) {
      const compressed = compress(data);
      if (compressed.length < data.length) writeFileSync(`${path}${extension}`, compressed);
    }
  }
}
