import { crc32 } from 'node:zlib';
import type { App } from '@moonshare/gamestream';
import { type ProfileName, portsOf } from './ports.ts';
import type { Quirks } from './quirks.ts';
import type { EncryptionMode } from './session/rtsp-profile.ts';

export interface VirtualHostOptions {
  /** HTTP port; the others are at fixed distances from it, protocol/1 §2. */
  basePort?: number;
  /** Address to listen on for clients. The admin port is always on 127.0.0.1. */
  bind?: string;
  adminPort?: number;
  /** Display name. */
  name?: string;
  /** Keeps the identity and the paired clients; null: only in memory. */
  stateDir?: string | null;
  /** Answers every pairing with this PIN at once; null: waits for `POST /pin`. */
  pin?: string | null;
  /** Most streams at the same time, as older Sunshines limit them; null: no limit. */
  sessions?: number | null;
  /** FEC percentage of the video, 0 to 255. */
  fec?: number;
  /** Most frames per second, whatever the client asks for. */
  maxFps?: number;
  /** Titles of the apps. */
  apps?: string[];
  /** Shows the small desktop in every app, not only in "Desktop demo". */
  desktop?: boolean;
  /** The small desktop has a clock, and frame numbers at its top; without, its picture changes with its state only. */
  clock?: boolean;
  /** Answers `rtspenc://` to clients that support it, as Sunshine does. */
  encryptedRtsp?: boolean;
  /** `off` offers no encrypted video, `required` refuses clients that do not encrypt control, video and audio. */
  encryption?: EncryptionMode;
  /** Changes the bitrate of a running stream on request, as some descendants of Sunshine do, protocol/1 §7.5. */
  runtimeBitrate?: boolean;
  /** The host that this one imitates on the wire. */
  like?: ProfileName;
  quirks?: Quirks;
}

/** Undefined is the default. */
export type GivenOptions = { [Name in keyof VirtualHostOptions]: VirtualHostOptions[Name] | undefined };

export interface ResolvedOptions extends Required<Omit<VirtualHostOptions, 'apps'>> {
  apps: App[];
}

/** The app that shows the small desktop. */
export const DESKTOP_DEMO = 'Desktop demo';

const LIKE: readonly ProfileName[] = ['sunshine', 'wolf', 'wolf-2026'];
const ENCRYPTION: readonly EncryptionMode[] = ['off', 'offered', 'required'];

export const DEFAULTS = {
  basePort: 47989,
  bind: '0.0.0.0',
  name: 'Moonshare virtual host',
  fec: 20,
  maxFps: 120,
  apps: ['Desktop', 'Test Game'],
  encryption: 'offered',
  like: 'sunshine',
} as const;

/** Fills in the defaults. Throws a RangeError or TypeError that names the option. */
export function resolveOptions(options: GivenOptions): ResolvedOptions {
  const like = oneOf('kind of host', options.like ?? DEFAULTS.like, LIKE);
  const encryption = oneOf('encryption', options.encryption ?? DEFAULTS.encryption, ENCRYPTION);
  if (like !== 'sunshine' && encryption === 'required') throw new TypeError('Wolf cannot require encryption');
  const runtimeBitrate = options.runtimeBitrate ?? false;
  if (like !== 'sunshine' && runtimeBitrate) throw new TypeError('Wolf cannot change the bitrate of a running stream');
  const basePort = whole('base port', options.basePort ?? DEFAULTS.basePort, 1029, 65300);
  const pin = options.pin ?? null;
  if (pin !== null && !/^\d{4}$/.test(pin)) throw new TypeError('The PIN must be four digits');
  const titles: readonly string[] = options.apps ?? DEFAULTS.apps;
  if (titles.length === 0) throw new TypeError('There must be at least one app');
  const desktop = options.desktop ?? false;
  const clock = options.clock ?? true;
  if (!clock && !desktop && !titles.includes(DESKTOP_DEMO)) {
    throw new TypeError('Only the small desktop has a clock to switch off: add --desktop');
  }
  return {
    basePort,
    bind: options.bind ?? DEFAULTS.bind,
    adminPort: whole('admin port', options.adminPort ?? portsOf(basePort, like).admin, 1, 65535),
    name: options.name ?? DEFAULTS.name,
    stateDir: options.stateDir ?? null,
    pin,
    sessions: options.sessions == null ? null : whole('number of sessions', options.sessions, 1, 64),
    fec: whole('FEC percentage', options.fec ?? DEFAULTS.fec, 0, 255),
    maxFps: whole('frame rate limit', options.maxFps ?? DEFAULTS.maxFps, 1, 240),
    apps: titles.map((title) => ({ id: appId(title), title, hdr: false })),
    desktop,
    clock,
    encryptedRtsp: options.encryptedRtsp ?? true,
    encryption,
    runtimeBitrate,
    like,
    quirks: options.quirks ?? {},
  };
}

/** Sunshine's id for its desktop; other titles get a positive hash, so that ids survive a restart. */
function appId(title: string): number {
  return title === 'Desktop' ? 881448767 : crc32(title) & 0x7fffffff || 1;
}

function whole(what: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`The ${what} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function oneOf<T extends string>(what: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new TypeError(`The ${what} must be one of ${known.join(', ')}`);
  return found;
}
