/** Safari on iPhones has only this one. */
declare const ManagedMediaSource: typeof MediaSource | undefined;

export function isManaged(): boolean {
  return typeof ManagedMediaSource !== 'undefined';
}

/** The kind of media source that this browser has; null: none. */
export function mediaSourceType(): typeof MediaSource | null {
  if (typeof ManagedMediaSource !== 'undefined') return ManagedMediaSource;
  return typeof MediaSource === 'undefined' ? null : MediaSource;
}
