/** Where each channel of our order (FL FR C LFE RL RR SL SR) is in the order of Opus files (RFC 7845 §5.1.1.2), by number of channels. */
const FILE_ORDER: Readonly<Record<number, readonly number[]>> = {
  6: [0, 2, 1, 4, 5, 3],
  8: [0, 2, 1, 6, 7, 4, 5, 3],
};

export interface OpusLayout {
  streams: number;
  coupledStreams: number;
  /** For each channel, the coded one it is heard from. */
  mapping: readonly number[];
}

/** The mapping in the order of Opus files; null: it has at most two channels, whose order nobody has to say. */
export function opusChannels({ mapping }: OpusLayout): readonly number[] | null {
  return FILE_ORDER[mapping.length]?.map((channel) => mapping[channel]!) ?? null;
}

/** The identification header of an Opus stream, without which browsers decode at most two channels; null: they need none. */
export function opusHead(layout: OpusLayout): Uint8Array<ArrayBuffer> | null {
  const mapping = opusChannels(layout);
  if (mapping === null) return null;
  const head = new Uint8Array(21 + mapping.length);
  head.set(new TextEncoder().encode('OpusHead'));
  const view = new DataView(head.buffer);
  view.setUint8(8, 1);
  view.setUint8(9, mapping.length);
  view.setUint32(12, 48_000, true);
  view.setUint8(18, 1);
  head.set([layout.streams, layout.coupledStreams, ...mapping], 19);
  return head;
}
