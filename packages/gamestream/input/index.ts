export { decodeInput } from './decode.ts';
export { encodeInput } from './encode.ts';
export type {
  ControllerArrivalPacket,
  ControllerStatePacket,
  ControllerTouchPacket,
  InputPacket,
  PenPacket,
  PointerEvent,
  TouchPacket,
} from './packet.ts';
export { splitMouseMove, splitText } from './split.ts';
