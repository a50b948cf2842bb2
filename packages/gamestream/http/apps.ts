import type { App } from './types.ts';
import { replyXml, type XmlElement } from './xml.ts';

/** Reads `/applist`, protocol/1 §6. An entry without a usable id cannot be launched and is left out. */
export function parseAppList(root: XmlElement): App[] {
  const apps: App[] = [];
  for (const element of root.children('App')) {
    const id = element.integer('ID');
    if (id === null || id <= 0 || id > 0x7fffffff) continue;
    apps.push({ id, title: element.text('AppTitle') ?? '', hdr: element.text('IsHdrSupported') === '1' });
  }
  return apps;
}

/** `/applist` as Sunshine writes it. */
export function appListXml(apps: App[]): string {
  return replyXml(
    apps.map((app) => [
      'App',
      [
        ['IsHdrSupported', app.hdr ? 1 : 0],
        ['AppTitle', app.title],
        ['ID', app.id],
      ],
    ]),
  );
}

/** The type of an image by its first bytes, as hosts report it wrongly or not at all. Null if browsers cannot show it. */
export function imageType(data: Buffer): string | null {
  const starts = (hex: string, offset = 0) => data.subarray(offset, offset + hex.length / 2).toString('hex') === hex;
  if (starts('89504e470d0a1a0a')) return 'image/png';
  if (starts('ffd8ff')) return 'image/jpeg';
  if (starts('52494646') && starts('57454250', 8)) return 'image/webp';
  return null;
}
