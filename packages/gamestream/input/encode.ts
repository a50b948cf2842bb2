import type { EnetMode } from '../enet/types.ts';
import { GameStreamError } from '../errors.ts';
import { FieldWriter, inRange } from './fields.ts';
import {
  CONTROLLER_STATE_BEFORE_HIGH,
  CONTROLLER_STATE_HEAD,
  CONTROLLER_STATE_MIDDLE,
  CONTROLLER_STATE_TAIL,
  InputChannel,
  InputKind,
  MAX_CONTROLLERS,
  MAX_TEXT_BYTES,
  POINTER_EVENTS,
  SENSOR_GYROSCOPE,
} from './kind.ts';
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

/** A packet: u32be size (not counting itself), u32le kind, body. */
function packet(kind: number, bodyBytes: number, write: (body: FieldWriter) => void): Buffer {
  const payload = Buffer.alloc(8 + bodyBytes);
  payload.writeUInt32BE(4 + bodyBytes, 0);
  payload.writeUInt32LE(kind, 4);
  write(new FieldWriter(payload, 8));
  return payload;
}

function eventNumber(event: PointerEvent): number {
  return inRange(POINTER_EVENTS.indexOf(event), 0, 7, 'event');
}

function encodePayload(p: InputPacket): Buffer {
  switch (p.kind) {
    case 'hapticsEnable':
      return packet(InputKind[p.kind], 2, (b) => b.u16le(p.enabled ? 1 : 0, 'enabled'));
    case 'keyDown':
    case 'keyUp':
      return packet(InputKind[p.kind], 6, (b) =>
        b.u8(p.flags, 'flags').u16le(p.keyCode, 'keyCode').u8(p.modifiers, 'modifiers'),
      );
    case 'text':
      return encodeText(p.text);
    case 'mouseMove':
      return packet(InputKind[p.kind], 4, (b) => b.s16be(p.dx, 'dx').s16be(p.dy, 'dy'));
    case 'mousePosition':
      return packet(InputKind[p.kind], 10, (b) =>
        b
          .s16be(p.x, 'x')
          .s16be(p.y, 'y')
          .skip(2)
          .s16be(inRange(p.width, 2, 0x8000, 'width') - 1, 'width')
          .s16be(inRange(p.height, 2, 0x8000, 'height') - 1, 'height'),
      );
    case 'mouseDown':
    case 'mouseUp':
      return packet(InputKind[p.kind], 1, (b) => b.u8(p.button, 'button'));
    case 'scroll':
      return packet(InputKind[p.kind], 6, (b) => b.s16be(p.amount, 'amount').s16be(p.amount, 'amount'));
    case 'hscroll':
      return packet(InputKind[p.kind], 2, (b) => b.s16be(p.amount, 'amount'));
    case 'touch':
      return packet(InputKind[p.kind], 28, (b) =>
        b
          .u8(eventNumber(p.event), 'event')
          .skip(1)
          .u16le(p.rotation, 'rotation')
          .u32le(p.pointerId, 'pointerId')
          .f32le(p.x, 'x')
          .f32le(p.y, 'y')
          .f32le(p.pressureOrDistance, 'pressureOrDistance')
          .f32le(p.contactMajor, 'contactMajor')
          .f32le(p.contactMinor, 'contactMinor'),
      );
    case 'pen':
      return packet(InputKind[p.kind], 28, (b) =>
        b
          .u8(eventNumber(p.event), 'event')
          .u8(p.tool, 'tool')
          .u8(p.buttons, 'buttons')
          .skip(1)
          .f32le(p.x, 'x')
          .f32le(p.y, 'y')
          .f32le(p.pressureOrDistance, 'pressureOrDistance')
          .u16le(p.rotation, 'rotation')
          .u8(p.tilt, 'tilt')
          .skip(1)
          .f32le(p.contactMajor, 'contactMajor')
          .f32le(p.contactMinor, 'contactMinor'),
      );
    case 'controllerArrival':
      return packet(InputKind[p.kind], 8, (b) =>
        b
          .u8(p.number, 'number')
          .u8(p.type, 'type')
          .u16le(p.capabilities, 'capabilities')
          .u32le(p.supportedButtons, 'supportedButtons'),
      );
    case 'controllerState':
      return packet(InputKind[p.kind], 26, (b) =>
        b
          .u16le(CONTROLLER_STATE_HEAD, 'head')
          .u16le(p.number, 'number')
          .u16le(p.activeMask, 'activeMask')
          .u16le(CONTROLLER_STATE_MIDDLE, 'middle')
          .u16le(inRange(p.buttons, 0, 0xffffffff, 'buttons') & 0xffff, 'buttons')
          .u8(p.leftTrigger, 'leftTrigger')
          .u8(p.rightTrigger, 'rightTrigger')
          .s16le(p.leftX, 'leftX')
          .s16le(p.leftY, 'leftY')
          .s16le(p.rightX, 'rightX')
          .s16le(p.rightY, 'rightY')
          .u16le(CONTROLLER_STATE_BEFORE_HIGH, 'constant')
          .u16le(p.buttons >>> 16, 'buttons')
          .u16le(CONTROLLER_STATE_TAIL, 'tail'),
      );
    case 'controllerTouch':
      return packet(InputKind[p.kind], 20, (b) =>
        b
          .u8(p.number, 'number')
          .u8(eventNumber(p.event), 'event')
          .skip(1)
          .u8(p.touchpad, 'touchpad')
          .u32le(p.pointerId, 'pointerId')
          .f32le(p.x, 'x')
          .f32le(p.y, 'y')
          .f32le(p.pressure, 'pressure'),
      );
    case 'controllerMotion':
      return packet(InputKind[p.kind], 16, (b) =>
        b.u8(p.number, 'number').u8(p.sensor, 'sensor').skip(2).f32le(p.x, 'x').f32le(p.y, 'y').f32le(p.z, 'z'),
      );
    case 'controllerBattery':
      return packet(InputKind[p.kind], 4, (b) =>
        b.u8(p.number, 'number').u8(p.state, 'state').u8(p.percentage, 'percentage'),
      );
  }
}

function encodeText(text: string): Buffer {
  const utf8 = Buffer.from(text, 'utf8');
  if (utf8.length === 0 || utf8.length > MAX_TEXT_BYTES || !text.isWellFormed()) {
    // The text is left out of the message: it may be a secret.
    throw new GameStreamError('INVALID_ARGUMENT', 'input text must be well-formed and have 1 to 32 bytes', {
      hint: 'Split it with splitText.',
    });
  }
  const payload = packet(InputKind.text, utf8.length, () => {});
  utf8.copy(payload, 8);
  return payload;
}
