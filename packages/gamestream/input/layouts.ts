import {
  constant,
  type Field,
  f32le,
  flag,
  highButtons,
  lowButtons,
  pointerEvent,
  s16be,
  s16le,
  size,
  skip,
  u8,
  u16le,
  u32le,
} from './fields.ts';
import type { InputPacket } from './packet.ts';

/** All kinds but text, whose body is just the text. */
export type PlainKind = Exclude<InputPacket['kind'], 'text'>;

type NameOf<Kind extends PlainKind> = Extract<keyof (InputPacket & { kind: Kind }), string>;

/** The body of a packet: `fields`, and what clients send after them. */
export interface Layout<Name extends string = string> {
  fields: readonly Field<Name>[];
  behind?: readonly Field<Name>[];
}

const KEY: Layout<NameOf<'keyDown'>> = {
  fields: [u8('flags'), u16le('keyCode'), u8('modifiers')],
  behind: [skip(2)],
};
const MOUSE_BUTTON: Layout<NameOf<'mouseDown'>> = { fields: [u8('button')] };
const CONTACT = [f32le('contactMajor'), f32le('contactMinor')] as const;

/** Each kind on the wire, protocol/2 §4.3 to §4.6. */
export const LAYOUTS: { [Kind in PlainKind]: Layout<NameOf<Kind>> } = {
  hapticsEnable: { fields: [flag('enabled')] },
  keyDown: KEY,
  keyUp: KEY,
  mouseMove: { fields: [s16be('dx'), s16be('dy')] },
  mousePosition: { fields: [s16be('x'), s16be('y'), skip(2), size('width'), size('height')] },
  mouseDown: MOUSE_BUTTON,
  mouseUp: MOUSE_BUTTON,
  scroll: { fields: [s16be('amount')], behind: [s16be('amount'), skip(2)] },
  hscroll: { fields: [s16be('amount')] },
  touch: {
    fields: [
      pointerEvent,
      skip(1),
      u16le('rotation'),
      u32le('pointerId'),
      f32le('x'),
      f32le('y'),
      f32le('pressureOrDistance'),
      ...CONTACT,
    ],
  },
  pen: {
    fields: [
      pointerEvent,
      u8('tool'),
      u8('buttons'),
      skip(1),
      f32le('x'),
      f32le('y'),
      f32le('pressureOrDistance'),
      u16le('rotation'),
      u8('tilt'),
      skip(1),
      ...CONTACT,
    ],
  },
  controllerArrival: { fields: [u8('number'), u8('type'), u16le('capabilities'), u32le('supportedButtons')] },
  controllerState: {
    fields: [
      constant(0x001a),
      u16le('number'),
      u16le('activeMask'),
      constant(0x0014),
      lowButtons,
      u8('leftTrigger'),
      u8('rightTrigger'),
      s16le('leftX'),
      s16le('leftY'),
      s16le('rightX'),
      s16le('rightY'),
      constant(0x009c),
      highButtons,
      constant(0x0055),
    ],
  },
  controllerTouch: {
    fields: [
      u8('number'),
      pointerEvent,
      skip(1),
      u8('touchpad'),
      u32le('pointerId'),
      f32le('x'),
      f32le('y'),
      f32le('pressure'),
    ],
  },
  controllerMotion: { fields: [u8('number'), u8('sensor'), skip(2), f32le('x'), f32le('y'), f32le('z')] },
  controllerBattery: { fields: [u8('number'), u8('state'), u8('percentage')], behind: [skip(1)] },
};

export function bytesOf(fields: Layout['fields']): number {
  return fields.reduce((sum, { bytes }) => sum + bytes, 0);
}
