import { GameStreamError } from '../errors.ts';
import type { AppVersion } from './types.ts';

/**
 * Parses `appversion`, protocol/1 §1. Generation 7 is supported from 7.1.431 on.
 * Throws HOST_UNSUPPORTED for others, HOST_BAD_REPLY for anything that is not a version.
 */
export function parseAppVersion(text: string): AppVersion {
  if (!/^-?\d{1,9}(\.-?\d{1,9}){0,3}$/.test(text)) {
    throw new GameStreamError('HOST_BAD_REPLY', 'The host reports a version that cannot be read');
  }
  const [generation = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  const version: AppVersion = { text, parts: [generation, b, c, d], sunshine: d < 0 };
  if (generation !== 7 || !isAtLeast(version, [7, 1, 431])) {
    throw new GameStreamError('HOST_UNSUPPORTED', `The host runs version ${text}; 7.1.431 or later is needed`, {
      hint: 'Update the host software: any Sunshine since 2022 and any Wolf will do.',
    });
  }
  return version;
}

function isAtLeast(version: AppVersion, wanted: [number, number, number]): boolean {
  for (const [index, part] of wanted.entries()) {
    const difference = version.parts[index]! - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
