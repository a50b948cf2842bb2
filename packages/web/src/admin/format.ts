import type { LinkInfo, PeerInfo, Role, StreamerStatus } from '@moonshare/contract';

/** Not known, or not yet. */
export const UNKNOWN = '–';

const STATUS: Record<StreamerStatus, string> = {
  starting: 'Starting',
  active: 'Live',
  reconnecting: 'Reconnecting',
  failed: 'Failed',
  stopping: 'Ending',
};

export function statusText(status: StreamerStatus): string {
  return STATUS[status];
}

export const ROLES: Record<Role, string> = {
  watch: 'Watch',
  gamepad: 'Gamepad',
  full: 'Full control',
};

/** What gave a viewer access. */
export function who({ user, link_id }: Pick<PeerInfo, 'user' | 'link_id'>): string {
  if (user !== null) return user;
  return link_id === null ? 'credentials' : `link ${link_id}`;
}

/** Enough of an ID to tell viewers apart, and to find one in the logs. */
export function shortId(peerId: string): string {
  return peerId.slice(0, 8);
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** `12 345` with thin spaces. */
export function number(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function milliseconds(value: number | null): string {
  if (value === null) return UNKNOWN;
  return `${value < 10 ? value.toFixed(1) : number(value)} ms`;
}

export function bitrate(kbps: number | null): string {
  if (kbps === null) return UNKNOWN;
  return kbps < 1000 ? `${Math.round(kbps)} kbit/s` : `${(kbps / 1000).toFixed(1)} Mbit/s`;
}

/** 0 to 1 as `0.4 %`. */
export function percent(fraction: number | null): string {
  if (fraction === null) return UNKNOWN;
  const value = fraction * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

export function megabytes(bytes: number): string {
  return `${number(bytes / 1_000_000)} MB`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The two largest units: `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

/** A time relative to today: `14:03`, or `24 Nov, 14:03`. */
export function moment(iso: string, now: Date): string {
  const time = new Date(iso);
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };
  const sameDay = time.toDateString() === now.toDateString();
  const sameYear = time.getFullYear() === now.getFullYear();
  const format = sameDay ? clock : { ...day, ...clock, ...(sameYear ? {} : { year: 'numeric' as const }) };
  return new Intl.DateTimeFormat('en-GB', format).format(time);
}

/** `1 of 3 browsers`, `2 browsers`. */
export function uses({ uses: used, max_uses }: Pick<LinkInfo, 'uses' | 'max_uses'>): string {
  return max_uses === null ? count(used, 'browser') : `${number(used)} of ${count(max_uses, 'browser')}`;
}
