/** Where each channel of our order (FL FR C LFE RL RR SL SR) is in the order of Opus files (RFC 7845 §5.1.1.2), by number of channels. */
const FILE_ORDER: Readonly<Record<number, readonly number[]>> = {
  6: [0, 2, 1, 4, 5, 3],
  8: [0, 2, 1, 6, 7, 4, 5, 3],
};

/** The identification header of an Opus stream, without which browsers decode at most two channels; null: they need none. */
export function opusHead(layout: {
  streams: number;
  coupledStreams: number;
  /** For each channel, the coded one it is heard from. */
  mapping: readonly number[];
}): Uint8Array<ArrayBuffer> | null {
  const order = FILE_ORDER[layout.mapping.length];
  if (order === undefined) return null;
  const head = new Uint8Array(21 + order.length);
  head.set(new TextEncoder().encode('OpusHead'));
  const view = new DataView(head.buffer);
  view.setUint8(8, 1);
  view.setUint8(9, order.length);
  view.setUint32(12, 48_000, true);
  view.setUint8(18, 1);
  head.set([layout.streams, layout.coupledStreams, ...order.map((channel) => layout.mapping[channel]!)], 19);
  return head;
}
