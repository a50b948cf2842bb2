import assert from 'node:assert/strict';
import { type Chunk, encodeChunk } from './chunk.ts';
import { encodePacket, PACKET_HEADER, type PacketHeader } from './packet.ts';

/**
 * Fills packets: first these chunks, then as much DATA as `next` gives for the room that is left in a packet. A chunk that is longer
 * than a packet is left out: only an echo can be, and then it was a probe for what the path takes.
 */
export function pack(
  header: PacketHeader,
  mtu: number,
  chunks: readonly Chunk[],
  next: (room: number) => Chunk | null,
): Buffer[] {
  const whole = mtu - PACKET_HEADER;
  const packets: Buffer[] = [];
  let packet: Buffer[] = [];
  let room = whole;
  const add = (bytes: Buffer) => {
    packet.push(bytes);
    room -= bytes.length;
    assert.ok(room >= 0, 'a packet is longer than the path takes');
  };
  const finish = () => {
    if (packet.length > 0) packets.push(encodePacket(header, packet));
    packet = [];
    room = whole;
  };
  for (const chunk of chunks) {
    const bytes = encodeChunk(chunk);
    if (bytes.length > whole) continue;
    if (bytes.length > room) finish();
    add(bytes);
  }
  for (;;) {
    const data = next(room);
    if (data !== null) add(encodeChunk(data));
    else if (packet.length > 0) finish();
    else return packets;
  }
}
