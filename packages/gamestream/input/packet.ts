/** One input packet as the host receives it, protocol/2 §4.2. Units are those on the wire. */
export type InputPacket =
  | { kind: 'hapticsEnable'; enabled: boolean }
  | { kind: 'keyDown' | 'keyUp'; keyCode: number; modifiers: number; flags: number }
  /** One code point per packet is safe on every host, protocol/2 §4.3. */
  | { kind: 'text'; text: string }
  | { kind: 'mouseMove'; dx: number; dy: number }
  /** x, y on a plane of width × height (encode and decode handle the wire's minus 1), protocol/2 §4.4. */
  | { kind: 'mousePosition'; x: number; y: number; width: number; height: number }
  /** 1 left, 2 middle, 3 right, 4 X1, 5 X2. */
  | { kind: 'mouseDown' | 'mouseUp'; button: number }
  /** 120 = one notch; positive is up (away from the user), or right. */
  | { kind: 'scroll' | 'hscroll'; amount: number }
  | TouchPacket
  | PenPacket
  | ControllerArrivalPacket
  | ControllerStatePacket
  | ControllerTouchPacket
  /** sensor 1 accelerometer (m/s²), 2 gyroscope (degrees per second). */
  | { kind: 'controllerMotion'; number: number; sensor: number; x: number; y: number; z: number }
  | { kind: 'controllerBattery'; number: number; state: number; percentage: number };

/** protocol/2 §4.5 */
export type PointerEvent = 'hover' | 'down' | 'up' | 'move' | 'cancel' | 'buttonOnly' | 'hoverLeave' | 'cancelAll';

export interface TouchPacket {
  kind: 'touch';
  event: PointerEvent;
  pointerId: number;
  /** 0..1 of the video area, origin top left. */
  x: number;
  y: number;
  pressureOrDistance: number;
  contactMajor: number;
  contactMinor: number;
  /** Degrees, 0xFFFF unknown. */
  rotation: number;
}

export interface PenPacket {
  kind: 'pen';
  event: PointerEvent;
  tool: number;
  buttons: number;
  x: number;
  y: number;
  pressureOrDistance: number;
  rotation: number;
  tilt: number;
  contactMajor: number;
  contactMinor: number;
}

/** protocol/2 §4.6 */
export interface ControllerArrivalPacket {
  kind: 'controllerArrival';
  number: number;
  type: number;
  capabilities: number;
  supportedButtons: number;
}

export interface ControllerStatePacket {
  kind: 'controllerState';
  number: number;
  /** One bit for each attached controller of this client. */
  activeMask: number;
  /** The low and high 16 bits of the wire joined. */
  buttons: number;
  leftTrigger: number;
  rightTrigger: number;
  /** -32768..32767, up and right positive. */
  leftX: number;
  leftY: number;
  rightX: number;
  rightY: number;
}

export interface ControllerTouchPacket {
  kind: 'controllerTouch';
  number: number;
  event: PointerEvent;
  touchpad: number;
  pointerId: number;
  x: number;
  y: number;
  pressure: number;
}
