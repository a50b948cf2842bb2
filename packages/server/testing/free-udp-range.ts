import { freeUdpPorts } from '../cli/doctor/ports.ts';

/** A range of `size` free UDP ports, below those of virtual hosts. */
export async function freeUdpRange(size: number): Promise<{ from: number; to: number }> {
  for (;;) {
    const from = 10_000 + Math.floor(Math.random() * 9_000);
    const range = { from, to: from + size - 1 };
    if ((await freeUdpPorts(range, undefined, size)).length === size) return range;
  }
}
