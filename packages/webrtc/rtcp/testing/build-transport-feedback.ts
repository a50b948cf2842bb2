/** A part as receivers send it: `arrivals` in ms, multiples of 0.25, NaN for what has not come. Gaps of up to 8 s. */
export function buildTransportFeedback({ base, arrivals }: { base: number; arrivals: readonly number[] }): Buffer {
  const first = arrivals.find((at) => !Number.isNaN(at)) ?? 0;
  const reference = Math.floor(first / 64);
  let before = reference * 64;
  const deltas: Buffer[] = [];
  const symbols = arrivals.map((at) => {
    if (Number.isNaN(at)) return 0;
    const ticks = Math.round((at - before) / 0.25);
    before = at;
    const isSmall = ticks >= 0 && ticks <= 255;
    const delta = Buffer.alloc(isSmall ? 1 : 2);
    if (isSmall) delta.writeUInt8(ticks);
    else delta.writeInt16BE(ticks);
    deltas.push(delta);
    return isSmall ? 1 : 2;
  });
  const chunks = Buffer.concat(chunksOf(symbols));
  const body = Buffer.concat([chunks, ...deltas]);
  const header = Buffer.alloc(20);
  const padded = Math.ceil(body.length / 4) * 4;
  header.writeUInt16BE(0x8fcd, 0);
  header.writeUInt16BE((20 + padded) / 4 - 1, 2);
  header.writeUInt16BE(base, 12);
  header.writeUInt16BE(arrivals.length, 14);
  header.writeUIntBE(reference & 0xff_ffff, 16, 3);
  return Buffer.concat([header, body, Buffer.alloc(padded - body.length)]);
}

/** Runs of eight and more as run lengths, the rest as vectors of either kind. */
function chunksOf(symbols: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < symbols.length; ) {
    const symbol = symbols[at]!;
    let run = 1;
    while (run < 0x1fff && symbols[at + run] === symbol) run += 1;
    let chunk: number;
    if (run >= 8) {
      chunk = (symbol << 13) | run;
      at += run;
    } else if (symbols.slice(at, at + 14).every((each) => each < 2)) {
      chunk = symbols.slice(at, at + 14).reduce((bits, each, bit) => bits | (each << (13 - bit)), 0x8000);
      at += 14;
    } else {
      chunk = symbols.slice(at, at + 7).reduce((bits, each, place) => bits | (each << (12 - 2 * place)), 0xc000);
      at += 7;
    }
    chunks.push(Buffer.of(chunk >> 8, chunk & 0xff));
  }
  return chunks;
}
