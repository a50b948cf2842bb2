/** Labels of the two generations of that front end, protocol/4 §5. */
export const CHANNELS = {
  one: ['mouse', 'keyboard', 'touch', 'controllers'],
  split: ['mouseClicks', 'mouseAbsolute', 'mouseRelative', 'keyboard', 'touch', 'controllers'],
};

export const PADS = Array.from({ length: 16 }, (_, index) => `controller${index}`);
