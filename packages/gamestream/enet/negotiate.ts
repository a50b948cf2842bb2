import {
  MAX_CHANNELS,
  MAX_MTU,
  MAX_WINDOW,
  MIN_MTU,
  MIN_WINDOW,
  THROTTLE_ACCELERATION,
  THROTTLE_DECELERATION,
  THROTTLE_INTERVAL_MS,
} from './constants.ts';

/** No session yet in this slot. */
export const NO_SESSION = 0xff;

/** What both sides of a slot use to tell a connection from the previous one, protocol/2 §1.5. */
export interface SlotSessions {
  incoming: number;
  outgoing: number;
}

/** The host's next session value: `asked` is the client's byte, `remembered` the slot's last value. */
export function nextSession(asked: number, remembered: number): number {
  const from = asked === NO_SESSION ? remembered : asked;
  const next = (from + 1) & 3;
  return next === remembered ? (next + 1) & 3 : next;
}

export function clampMtu(mtu: number): number {
  return Math.min(MAX_MTU, Math.max(MIN_MTU, mtu));
}

export function clampWindow(bytes: number): number {
  return Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, bytes));
}

/** The send window that a peer's incoming bandwidth allows; our own outgoing one is unlimited, protocol/2 §1.12. */
export function windowOfBandwidth(bytesPerSecond: number): number {
  return bytesPerSecond === 0 ? MAX_WINDOW : clampWindow(Math.floor(bytesPerSecond / 65536) * MIN_WINDOW);
}

export function isChannelCount(n: number): boolean {
  return n >= 1 && n <= MAX_CHANNELS;
}

export interface Throttle {
  throttleInterval: number;
  throttleAcceleration: number;
  throttleDeceleration: number;
}

export const DEFAULT_THROTTLE: Throttle = {
  throttleInterval: THROTTLE_INTERVAL_MS,
  throttleAcceleration: THROTTLE_ACCELERATION,
  throttleDeceleration: THROTTLE_DECELERATION,
};

export function sameThrottle(a: Throttle, b: Throttle): boolean {
  return (
    a.throttleInterval === b.throttleInterval &&
    a.throttleAcceleration === b.throttleAcceleration &&
    a.throttleDeceleration === b.throttleDeceleration
  );
}
