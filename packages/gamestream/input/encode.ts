import type { EnetMode } from '../enet/types.ts';
import { GameStreamError } from '../errors.ts';
import { inRange } from './fields.ts';
import { InputChannel, InputKind, MAX_CONTROLLERS, MAX_TEXT_BYTES, SENSOR_GYROSCOPE } from './kind.ts';
import { bytesOf, LAYOUTS, type Layout } from './layouts.ts';
import type { InputPacket, PenPacket, PointerEvent } from './packet.ts';

/**
 * The payload of a 0x0206 message with its channel and mode, protocol/2 §4.2. `lastPen` is the previous pen packet:
 * a pen hover or move with other buttons than that is sent reliably. Errors: INVALID_ARGUMENT for values out of range.
 */
export function encodeInput(
  p: InputPacket,
  lastPen: PenPacket | null = null,
): { channel: number; mode: EnetMode; payload: Buffer } {
  return { channel: channelOf(p), mode: modeOf(p, lastPen), payload: encodePayload(p) };
}

function channelOf(p: InputPacket): number {
  switch (p.kind) {
    case 'hapticsEnable':
      return InputChannel.generic;
    case 'keyDown':
    case 'keyUp':
      return InputChannel.keyboard;
    case 'text':
      return InputChannel.text;
    case 'mouseMove':
    case 'mousePosition':
    case 'mouseDown':
    case 'mouseUp':
    case 'scroll':
    case 'hscroll':
      return InputChannel.mouse;
    case 'touch':
      return InputChannel.touch;
    case 'pen':
      return InputChannel.pen;
    case 'controllerArrival':
    case 'controllerState':
    case 'controllerTouch':
    case 'controllerBattery':
      return InputChannel.controller + controllerNumber(p.number);
    case 'controllerMotion':
      return InputChannel.motion + controllerNumber(p.number);
  }
}

function modeOf(p: InputPacket, lastPen: PenPacket | null): EnetMode {
  const moves = (event: PointerEvent): EnetMode => (event === 'hover' || event === 'move' ? 'unreliable' : 'reliable');
  switch (p.kind) {
    case 'touch':
    case 'controllerTouch':
      return moves(p.event);
    case 'pen':
      return lastPen !== null && lastPen.buttons !== p.buttons ? 'reliable' : moves(p.event);
    case 'controllerMotion': {
      // A gyroscope packet of zeros ends the motion, so it must arrive.
      const stop = p.sensor === SENSOR_GYROSCOPE && p.x === 0 && p.y === 0 && p.z === 0;
      return stop ? 'reliable' : 'unreliable';
    }
    default:
      return 'reliable';
  }
}

function controllerNumber(n: number): number {
  return inRange(n, 0, MAX_CONTROLLERS - 1, 'number');
}

/** A packet without its body: u32be size (not counting itself), u32le kind. */
function emptyPacket(kind: number, bodyBytes: number): Buffer {
  const payload = Buffer.alloc(8 + bodyBytes);
  payload.writeUInt32BE(4 + bodyBytes, 0);
  payload.writeUInt32LE(kind, 4);
  return payload;
}

function encodePayload(p: InputPacket): Buffer {
  if (p.kind === 'text') return encodeText(p.text);
  const { fields, behind = [] }: Layout = LAYOUTS[p.kind];
  const payload = emptyPacket(InputKind[p.kind], bytesOf(fields) + bytesOf(behind));
  let at = 8;
  const values = { ...p };
  for (const field of [...fields, ...behind]) {
    field.write(payload, at, values);
    at += field.bytes;
  }
  return payload;
}

function encodeText(text: string): Buffer {
  const utf8 = Buffer.from(text, 'utf8');
  if (utf8.length === 0 || utf8.length > MAX_TEXT_BYTES || !text.isWellFormed()) {
    // The text is left out of the message: it may be a secret.
    throw new GameStreamError('INVALID_ARGUMENT', 'input text must be well-formed and have 1 to 32 bytes', {
      hint: 'Split it with splitText.',
    });
  }
  const payload = emptyPacket(InputKind.text, utf8.length);
  utf8.copy(payload, 8);
  return payload;
}
