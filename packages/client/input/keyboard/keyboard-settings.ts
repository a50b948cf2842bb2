export interface KeyboardSettings {
  /** A Mac's Command is Control on the host. */
  commandIsControl: boolean;
  /** The host's Caps Lock, Num Lock and Scroll Lock follow this keyboard. */
  matchLocks: boolean;
}

export const KEYBOARD_SETTINGS: KeyboardSettings = { commandIsControl: false, matchLocks: true };
