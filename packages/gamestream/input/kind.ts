/** Kinds of input packets, protocol/2 §4.2. */
export const InputKind = {
  hapticsEnable: 0x0000000d,
  keyDown: 0x00000003,
  keyUp: 0x00000004,
  text: 0x00000017,
  mouseMove: 0x00000007,
  mousePosition: 0x00000005,
  mouseDown: 0x00000008,
  mouseUp: 0x00000009,
  scroll: 0x0000000a,
  hscroll: 0x55000001,
  touch: 0x55000002,
  pen: 0x55000003,
  controllerArrival: 0x55000004,
  controllerState: 0x0000000c,
  controllerTouch: 0x55000005,
  controllerMotion: 0x55000006,
  controllerBattery: 0x55000007,
} as const;

/** Index: number on the wire; protocol/2 §4.5. */
export const POINTER_EVENTS = [
  'hover',
  'down',
  'up',
  'move',
  'cancel',
  'buttonOnly',
  'hoverLeave',
  'cancelAll',
] as const;

/** protocol/2 §3.7. */
export const InputChannel = {
  generic: 0x00,
  keyboard: 0x02,
  mouse: 0x03,
  pen: 0x04,
  touch: 0x05,
  text: 0x06,
  controller: 0x10,
  motion: 0x20,
} as const;

export const MAX_CONTROLLERS = 16;
export const MAX_TEXT_BYTES = 32;
export const SENSOR_GYROSCOPE = 2;
