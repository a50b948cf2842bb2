import { toI8, toI16, toU8, toU16, toU32, viewOf } from './bytes.ts';
import type { ViewerInput } from './input.ts';
import type { InputChannel } from './labels.ts';

/** One message and the channel it belongs on. */
export interface InputMessage {
  channel: InputChannel;
  data: Uint8Array<ArrayBuffer>;
}

/** A text message's length byte can count no more. */
const MAX_CHUNK_BYTES = 255;

type InputOf<K extends ViewerInput['kind']> = Extract<ViewerInput, { kind: K }>;

/** A viewer's event as its browser sends it (protocol/4 §5). Out-of-range numbers become the nearest that fits. */
export function encodeInput(event: ViewerInput): InputMessage {
  switch (event.kind) {
    case 'mouseMove':
      return { channel: 'mouse', data: pair16(0, event.dx, event.dy) };
    case 'mousePosition':
      return { channel: 'mouse', data: encodePosition(event) };
    case 'mouseButton':
      return { channel: 'mouse', data: Uint8Array.of(2, event.down ? 1 : 0, toU8(event.button)) };
    case 'wheelPixels':
      return { channel: 'mouse', data: pair16(3, event.dx, event.dy) };
    case 'wheelNotches':
      return { channel: 'mouse', data: Uint8Array.of(4, toI8(event.dx), toI8(event.dy)) };
    case 'key':
      return { channel: 'keyboard', data: encodeKey(event) };
    case 'text':
      return { channel: 'keyboard', data: encodeText(event.text) };
    case 'lockKeys':
      return { channel: 'lockKeys', data: encodeLockKeys(event) };
    case 'touch':
      return { channel: 'touch', data: encodeTouch(event) };
    case 'controllerAdd':
      return { channel: 'controllers', data: encodeAdd(event) };
    case 'controllerRemove':
      return { channel: 'controllers', data: Uint8Array.of(1, toU8(event.id)) };
    case 'controllerState':
      return { channel: `controller${event.id}`, data: encodeState(event) };
  }
}

/** Splits a text into pieces that each fit one message, never inside a code point. */
export function splitText(text: string): string[] {
  const encoder = new TextEncoder();
  const pieces: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const codePoint of text) {
    const size = encoder.encode(codePoint).length;
    if (bytes + size > MAX_CHUNK_BYTES) {
      pieces.push(piece);
      piece = '';
      bytes = 0;
    }
    piece += codePoint;
    bytes += size;
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

function pair16(type: number, first: number, second: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(5);
  const view = viewOf(data);
  view.setUint8(0, type);
  view.setInt16(1, toI16(first));
  view.setInt16(3, toI16(second));
  return data;
}

function encodePosition(event: InputOf<'mousePosition'>): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(9);
  const view = viewOf(data);
  view.setUint8(0, 1);
  view.setInt16(1, toI16(event.x));
  view.setInt16(3, toI16(event.y));
  view.setInt16(5, toI16(event.width));
  view.setInt16(7, toI16(event.height));
  return data;
}

function encodeKey(event: InputOf<'key'>): Uint8Array<ArrayBuffer> {
  const data = Uint8Array.of(0, event.down ? 1 : 0, toU8(event.modifiers), 0, 0);
  viewOf(data).setUint16(3, toU16(event.virtualKey));
  return data;
}

/** Which locks are given, then which of those are on: Caps Lock 1, Num Lock 2, Scroll Lock 4. */
function encodeLockKeys({ capsLock, numLock, scrollLock }: InputOf<'lockKeys'>): Uint8Array<ArrayBuffer> {
  const bits = [capsLock, numLock, scrollLock].map((on, index) => ({ on, bit: 1 << index }));
  const sum = (wanted: (on: boolean | null) => boolean): number =>
    bits.reduce((all, { on, bit }) => all | (wanted(on) ? bit : 0), 0);
  return Uint8Array.of(
    sum((on) => on !== null),
    sum((on) => on === true),
  );
}

/** Longer text is cut at its last complete code point: split it first. */
function encodeText(text: string): Uint8Array<ArrayBuffer> {
  const utf8 = new Uint8Array(MAX_CHUNK_BYTES);
  const { written } = new TextEncoder().encodeInto(text, utf8);
  const data = new Uint8Array(2 + written);
  data[0] = 1;
  data[1] = written;
  data.set(utf8.subarray(0, written), 2);
  return data;
}

function encodeTouch(event: InputOf<'touch'>): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(27);
  const view = viewOf(data);
  view.setUint8(0, event.event === 'down' ? 0 : event.event === 'move' ? 1 : 2);
  view.setUint32(1, toU32(event.pointerId));
  view.setFloat32(5, event.x);
  view.setFloat32(9, event.y);
  view.setFloat32(13, event.pressure);
  view.setFloat32(17, event.contactMajor);
  view.setFloat32(21, event.contactMinor);
  view.setUint16(25, toU16(event.rotation));
  return data;
}

function encodeAdd(event: InputOf<'controllerAdd'>): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(8);
  const view = viewOf(data);
  view.setUint8(1, toU8(event.id));
  view.setUint32(2, toU32(event.supportedButtons));
  view.setUint16(6, toU16(event.capabilities));
  return data;
}

function encodeState(event: InputOf<'controllerState'>): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(15);
  const view = viewOf(data);
  view.setUint32(1, toU32(event.buttons));
  view.setUint8(5, toU8(event.leftTrigger));
  view.setUint8(6, toU8(event.rightTrigger));
  view.setInt16(7, toI16(event.leftX));
  view.setInt16(9, toI16(event.leftY));
  view.setInt16(11, toI16(event.rightX));
  view.setInt16(13, toI16(event.rightY));
  return data;
}
