import { type OpusLayout, opusChannels } from '../../sound/opus-head.ts';
import { SOUND_RATE } from '../../sound/sound-port.ts';
import { box, u8, u16, u32, zeros } from './box.ts';
import { sampleEntry } from './segments.ts';

/** The sample entry of sound (Encapsulation of Opus in ISO BMFF §4.3). */
export function opusEntry(layout: OpusLayout): Uint8Array {
  const { length } = layout.mapping;
  const mapping = opusChannels(layout);
  return sampleEntry(
    'Opus',
    zeros(8),
    u16(length, 16, 0, 0),
    u32(SOUND_RATE * 0x10000),
    box(
      'dOps',
      u8(0, length),
      u16(0),
      u32(SOUND_RATE),
      u16(0),
      ...(mapping === null ? [u8(0)] : [u8(1, layout.streams, layout.coupledStreams, ...mapping)]),
    ),
  );
}
