import { clamp, type StreamSettingsRequest } from '@moonshare/contract';
import type { InputPacket, RtspSession } from '@moonshare/gamestream';

/** The host's unit: a notch of an ordinary wheel is this many. */
const NOTCH = 120;
/** Chromium reports one notch of an ordinary wheel as 100 CSS pixels (120 on some Linux desktops). */
const PIXELS_PER_NOTCH = 100;
/** The most that one event may scroll. */
const MAX_NOTCHES = 20;
/** Bit 0 of `x-ss-general.featureFlags`: the host takes touch events (protocol/2 §4.2). */
const FEATURE_TOUCH = 0x01;

type Axis = 'scroll' | 'hscroll';

/**
 * Whether to send this host steps below a notch. No host says. Those seen to take them are Sunshines with touch: without it they
 * have no uinput and make a notch of each (protocol/5); a Wolf, which negotiates no encryption, drops them.
 */
export function supportsFineScroll(
  asked: StreamSettingsRequest['wheel_steps'],
  { featureFlags, encryption }: Pick<RtspSession, 'featureFlags' | 'encryption'>,
): boolean {
  if (asked !== 'auto') return asked === 'fine';
  return (featureFlags & FEATURE_TOUCH) !== 0 && encryption.controlV2;
}

/** The wheels of all viewers: passed on as they turn, or collected into whole notches, one per packet (protocol/2 §4.4). */
export class Wheel {
  /** The remainder below one step, per viewer, in the host's unit. */
  readonly #rest = new Map<string, Record<Axis, number>>();
  #step = NOTCH;

  /** `fine`: the host takes steps below a notch. */
  begin({ fine }: { fine: boolean }): void {
    this.#rest.clear();
    this.#step = fine ? 1 : NOTCH;
  }

  pixels(viewer: string, dx: number, dy: number): InputPacket[] {
    return this.notches(viewer, dx / PIXELS_PER_NOTCH, dy / PIXELS_PER_NOTCH);
  }

  /** dx right, dy up. */
  notches(viewer: string, dx: number, dy: number): InputPacket[] {
    return [...this.#turn(viewer, 'scroll', dy), ...this.#turn(viewer, 'hscroll', dx)];
  }

  forget(viewer: string): void {
    this.#rest.delete(viewer);
  }

  forgetAll(): void {
    this.#rest.clear();
  }

  #turn(viewer: string, axis: Axis, notches: number): InputPacket[] {
    if (notches === 0 || !Number.isFinite(notches)) return [];
    const rest = this.#rest.get(viewer) ?? { scroll: 0, hscroll: 0 };
    this.#rest.set(viewer, rest);
    const turnedBack = Math.sign(rest[axis]) === -Math.sign(notches);
    const sum = (turnedBack ? 0 : rest[axis]) + NOTCH * clamp(notches, -MAX_NOTCHES, MAX_NOTCHES);
    // Ten steps of 0.1 add up to slightly less than 1.
    const whole = Math.trunc(sum / this.#step + Math.sign(sum) * 1e-9);
    rest[axis] = sum - whole * this.#step;
    if (this.#step === 1) return whole === 0 ? [] : [{ kind: axis, amount: whole }];
    return Array.from({ length: Math.abs(whole) }, () => ({ kind: axis, amount: NOTCH * Math.sign(whole) }));
  }
}
