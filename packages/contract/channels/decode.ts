import { clamp } from '../clamp.ts';
import { toInteger, viewOf } from './bytes.ts';
import type { ViewerInput } from './input.ts';
import { channelKind, MAX_CONTROLLERS } from './labels.ts';

/** Longest text in one message, in UTF-8 bytes. */
export const MAX_TEXT_BYTES = 1024;

const TOUCH_EVENTS = ['down', 'move', 'up'] as const;

/**
 * One message of a viewer's data channel (protocol/4 §5). null: an unknown label, a short message or a nonsensical value;
 * the caller counts it. Bytes after a complete message are ignored: one sender pads `touch` to 28.
 */
export function decodeInput(label: string, bytes: Uint8Array): ViewerInput | null {
  const channel = channelKind(label);
  if (channel === null || bytes.length === 0) return null;
  switch (channel.kind) {
    case 'mouse':
      return decodeMouse(viewOf(bytes));
    case 'keyboard':
      return decodeKeyboard(bytes);
    case 'lockKeys':
      return decodeLockKeys(viewOf(bytes));
    case 'touch':
      return decodeTouch(viewOf(bytes));
    case 'controllers':
      return decodeControllers(viewOf(bytes));
    case 'controller':
      return decodeController(viewOf(bytes), channel.id);
  }
}

function decodeMouse(view: DataView): ViewerInput | null {
  switch (view.getUint8(0)) {
    case 0:
      return view.byteLength < 5 ? null : { kind: 'mouseMove', dx: view.getInt16(1), dy: view.getInt16(3) };
    case 1:
      return decodePosition(view);
    case 2: {
      if (view.byteLength < 3) return null;
      const button = view.getUint8(2);
      if (button < 1 || button > 5) return null;
      return { kind: 'mouseButton', down: view.getUint8(1) !== 0, button };
    }
    case 3:
      return view.byteLength < 5 ? null : { kind: 'wheelPixels', dx: view.getInt16(1), dy: view.getInt16(3) };
    case 4:
      return view.byteLength < 3 ? null : { kind: 'wheelNotches', dx: view.getInt8(1), dy: view.getInt8(2) };
    default:
      return null;
  }
}

function decodePosition(view: DataView): ViewerInput | null {
  if (view.byteLength < 9) return null;
  const width = view.getInt16(5);
  const height = view.getInt16(7);
  if (width <= 0 || height <= 0) return null;
  // A pointer dragged out of the picture stays at its edge.
  const x = toInteger(view.getInt16(1), 0, width);
  const y = toInteger(view.getInt16(3), 0, height);
  return { kind: 'mousePosition', x, y, width, height };
}

function decodeKeyboard(bytes: Uint8Array): ViewerInput | null {
  const view = viewOf(bytes);
  if (view.getUint8(0) === 0) {
    if (view.byteLength < 5) return null;
    return { kind: 'key', down: view.getUint8(1) !== 0, modifiers: view.getUint8(2), virtualKey: view.getUint16(3) };
  }
  return view.getUint8(0) === 1 ? decodeText(bytes) : null;
}

/** One sender's length byte counts UTF-16 units, another's bytes: so the rest of the message is the text. */
function decodeText(bytes: Uint8Array): ViewerInput | null {
  const utf8 = bytes.subarray(2);
  if (utf8.length === 0 || utf8.length > MAX_TEXT_BYTES) return null;
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(utf8) };
  } catch {
    return null;
  }
}

function decodeLockKeys(view: DataView): ViewerInput | null {
  if (view.byteLength < 2) return null;
  const [told, on] = [view.getUint8(0), view.getUint8(1)];
  const of = (bit: number): boolean | null => ((told & bit) === 0 ? null : (on & bit) !== 0);
  return { kind: 'lockKeys', capsLock: of(1), numLock: of(2), scrollLock: of(4) };
}

function decodeTouch(view: DataView): ViewerInput | null {
  if (view.byteLength < 27) return null;
  const event = TOUCH_EVENTS[view.getUint8(0)];
  const floats = [5, 9, 13, 17, 21].map((offset) => view.getFloat32(offset));
  if (event === undefined || !floats.every(Number.isFinite)) return null;
  const [x, y, pressure, contactMajor, contactMinor] = floats as [number, number, number, number, number];
  return {
    kind: 'touch',
    event,
    pointerId: view.getUint32(1),
    x: clamp(x, 0, 1),
    y: clamp(y, 0, 1),
    pressure: clamp(pressure, 0, 1),
    contactMajor: Math.max(0, contactMajor),
    contactMinor: Math.max(0, contactMinor),
    rotation: view.getUint16(25),
  };
}

function decodeControllers(view: DataView): ViewerInput | null {
  if (view.byteLength < 2) return null;
  const id = view.getUint8(1);
  if (id >= MAX_CONTROLLERS) return null;
  switch (view.getUint8(0)) {
    case 0:
      if (view.byteLength < 8) return null;
      return { kind: 'controllerAdd', id, supportedButtons: view.getUint32(2), capabilities: view.getUint16(6) };
    case 1:
      return { kind: 'controllerRemove', id };
    default:
      return null;
  }
}

function decodeController(view: DataView, id: number): ViewerInput | null {
  if (view.byteLength < 15 || view.getUint8(0) !== 0) return null;
  return {
    kind: 'controllerState',
    id,
    buttons: view.getUint32(1),
    leftTrigger: view.getUint8(5),
    rightTrigger: view.getUint8(6),
    leftX: view.getInt16(7),
    leftY: view.getInt16(9),
    rightX: view.getInt16(11),
    rightY: view.getInt16(13),
  };
}
