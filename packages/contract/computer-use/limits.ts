/** The longest that keys may be held, or that a `wait` may take, s: what Anthropic's tools may ask for. */
export const MAX_PAUSE_S = 300;
/** How often a key may be pressed: likewise. */
export const MAX_REPEAT = 100;
/** Notches that one action may scroll: some ten pages. */
export const MAX_NOTCHES = 100;
/** The same in pixels, at 100 a notch. */
export const MAX_SCROLL_PIXELS = 10_000;
/** Points of a drag. */
export const MAX_PATH = 200;
