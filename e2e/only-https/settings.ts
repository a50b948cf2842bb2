import { readFileSync } from 'node:fs';
import { SETTINGS } from '../../packages/server/config/settings.ts';

const GUIDE = new URL('../../docs/guides/reverse-proxy.md', import.meta.url);
const PUBLIC_NAME = 'moon.example';

/** The settings that the guide gives for any proxy on the same machine, as environment variables, with this port in the public URL. */
export function settingsOfGuide(port: number): Record<string, string> {
  const [, json] = /these \[settings\][\s\S]*?```json\n([\s\S]*?)```/.exec(readFileSync(GUIDE, 'utf8')) ?? [];
  if (json === undefined) throw new Error('the guide shows no settings for a proxy on the same machine');
  const settings = JSON.parse(json.replaceAll(PUBLIC_NAME, `${PUBLIC_NAME}:${port}`));
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [SETTINGS[name as keyof typeof SETTINGS].env[0], String(value)]),
  );
}
