import { InputKind, MAX_CONTROLLERS, POINTER_EVENTS } from './kind.ts';
import type { InputPacket } from './packet.ts';

type Reader = (body: Buffer) => InputPacket | null;

/** By kind: minimum length of the body, and how to read it. Further bytes are ignored. */
const READERS = new Map<number, { bytes: number; read: Reader }>([
  [InputKind.hapticsEnable, { bytes: 2, read: (b) => ({ kind: 'hapticsEnable', enabled: b.readUInt16LE(0) !== 0 }) }],
  [InputKind.keyDown, { bytes: 4, read: (b) => readKey('keyDown', b) }],
  [InputKind.keyUp, { bytes: 4, read: (b) => readKey('keyUp', b) }],
  [InputKind.text, { bytes: 1, read: readText }],
  [InputKind.mouseMove, { bytes: 4, read: (b) => ({ kind: 'mouseMove', dx: b.readInt16BE(0), dy: b.readInt16BE(2) }) }],
  [InputKind.mousePosition, { bytes: 10, read: readMousePosition }],
  [InputKind.mouseDown, { bytes: 1, read: (b) => ({ kind: 'mouseDown', button: b[0]! }) }],
  [InputKind.mouseUp, { bytes: 1, read: (b) => ({ kind: 'mouseUp', button: b[0]! }) }],
  [InputKind.scroll, { bytes: 2, read: (b) => ({ kind: 'scroll', amount: b.readInt16BE(0) }) }],
  [InputKind.hscroll, { bytes: 2, read: (b) => ({ kind: 'hscroll', amount: b.readInt16BE(0) }) }],
  [InputKind.touch, { bytes: 28, read: readTouch }],
  [InputKind.pen, { bytes: 28, read: readPen }],
  [InputKind.controllerArrival, { bytes: 8, read: readArrival }],
  [InputKind.controllerState, { bytes: 26, read: readState }],
  [InputKind.controllerTouch, { bytes: 20, read: readControllerTouch }],
  [InputKind.controllerMotion, { bytes: 16, read: readMotion }],
  [InputKind.controllerBattery, { bytes: 4, read: readBattery }],
]);

/** One input packet; null if it is unknown or malformed, has a non-finite field, or its controller number is above 15. */
export function decodeInput(payload: Buffer): InputPacket | null {
  if (payload.length < 8) return null;
  const size = payload.readUInt32BE(0);
  if (size < 4 || size > payload.length - 4) return null;
  const known = READERS.get(payload.readUInt32LE(4));
  const body = payload.subarray(8, 4 + size);
  if (known === undefined || body.length < known.bytes) return null;
  const packet = known.read(body);
  return packet !== null && isUsable(packet) ? packet : null;
}

function isUsable(packet: InputPacket): boolean {
  if ('number' in packet && packet.number >= MAX_CONTROLLERS) return false;
  return Object.values(packet).every((field) => typeof field !== 'number' || Number.isFinite(field));
}

function readKey(kind: 'keyDown' | 'keyUp', b: Buffer): InputPacket {
  return { kind, keyCode: b.readUInt16LE(1), modifiers: b[3]!, flags: b[0]! };
}

function readText(b: Buffer): InputPacket | null {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(b) };
  } catch {
    return null;
  }
}

function readMousePosition(b: Buffer): InputPacket | null {
  const width = b.readInt16BE(6) + 1;
  const height = b.readInt16BE(8) + 1;
  // Hosts ignore a reference size of 0, and 1 would divide by 0.
  if (width < 2 || height < 2) return null;
  return { kind: 'mousePosition', x: b.readInt16BE(0), y: b.readInt16BE(2), width, height };
}

function readTouch(b: Buffer): InputPacket | null {
  const event = POINTER_EVENTS[b[0]!];
  if (event === undefined) return null;
  return {
    kind: 'touch',
    event,
    pointerId: b.readUInt32LE(4),
    x: b.readFloatLE(8),
    y: b.readFloatLE(12),
    pressureOrDistance: b.readFloatLE(16),
    contactMajor: b.readFloatLE(20),
    contactMinor: b.readFloatLE(24),
    rotation: b.readUInt16LE(2),
  };
}

function readPen(b: Buffer): InputPacket | null {
  const event = POINTER_EVENTS[b[0]!];
  if (event === undefined) return null;
  return {
    kind: 'pen',
    event,
    tool: b[1]!,
    buttons: b[2]!,
    x: b.readFloatLE(4),
    y: b.readFloatLE(8),
    pressureOrDistance: b.readFloatLE(12),
    rotation: b.readUInt16LE(16),
    tilt: b[18]!,
    contactMajor: b.readFloatLE(20),
    contactMinor: b.readFloatLE(24),
  };
}

function readArrival(b: Buffer): InputPacket {
  return {
    kind: 'controllerArrival',
    number: b[0]!,
    type: b[1]!,
    capabilities: b.readUInt16LE(2),
    supportedButtons: b.readUInt32LE(4),
  };
}

function readState(b: Buffer): InputPacket {
  return {
    kind: 'controllerState',
    number: b.readUInt16LE(2),
    activeMask: b.readUInt16LE(4),
    buttons: b.readUInt16LE(8) + b.readUInt16LE(22) * 0x10000,
    leftTrigger: b[10]!,
    rightTrigger: b[11]!,
    leftX: b.readInt16LE(12),
    leftY: b.readInt16LE(14),
    rightX: b.readInt16LE(16),
    rightY: b.readInt16LE(18),
  };
}

function readControllerTouch(b: Buffer): InputPacket | null {
  const event = POINTER_EVENTS[b[1]!];
  if (event === undefined) return null;
  return {
    kind: 'controllerTouch',
    number: b[0]!,
    event,
    touchpad: b[3]!,
    pointerId: b.readUInt32LE(4),
    x: b.readFloatLE(8),
    y: b.readFloatLE(12),
    pressure: b.readFloatLE(16),
  };
}

function readMotion(b: Buffer): InputPacket {
  return {
    kind: 'controllerMotion',
    number: b[0]!,
    sensor: b[1]!,
    x: b.readFloatLE(4),
    y: b.readFloatLE(8),
    z: b.readFloatLE(12),
  };
}

function readBattery(b: Buffer): InputPacket {
  return { kind: 'controllerBattery', number: b[0]!, state: b[1]!, percentage: b[2]! };
}
