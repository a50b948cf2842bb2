import type { CallToolResult } from '@modelcontextprotocol/server';

export type Content = CallToolResult['content'];

/** A value as JSON, and the pictures in it as images behind it, which its JSON refers to as `image`, from 1. */
export function contentOf(value: unknown): Content {
  const images: Content = [];
  const json = JSON.stringify(value, (_key, part: unknown) => {
    if (!isPicture(part)) return part;
    const { data, media_type: mimeType, ...facts } = part;
    return { image: images.push({ type: 'image', data, mimeType }), ...facts };
  });
  return [{ type: 'text', text: json }, ...images];
}

/** As answers about actions contain them. */
function isPicture(part: unknown): part is { data: string; media_type: string } {
  if (typeof part !== 'object' || part === null) return false;
  const { data, media_type: type } = part as Record<string, unknown>;
  return typeof data === 'string' && typeof type === 'string' && type.startsWith('image/');
}
