import { REPORT } from './joined-viewer.ts';

/** A report with the receiver's estimate of its network (draft-alvestrand-rmcat-remb-03 §2.2). */
export function remb(kbps: number): Buffer {
  const packet = Buffer.alloc(20);
  packet.writeUInt32BE(0x8fce0004);
  packet.write('REMB', 12);
  packet.writeUInt32BE((1 << 24) | (10 << 18) | Math.round((kbps * 1_000) / 2 ** 10), 16);
  return Buffer.concat([REPORT, packet]);
}
