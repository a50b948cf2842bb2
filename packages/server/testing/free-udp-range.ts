import { freeUdpPorts } from '../cli/doctor/ports.ts';

/** So many UDP ports in a row that nobody has, below those that the system gives to anybody by itself. */
export async function freeUdpRange(size: number): Promise<{ from: number; to: number }> {
  for (;;) {
    const from = 20_000 + Math.floor(Math.random() * 12_000);
    const range = { from, to: from + size - 1 };
    if ((await freeUdpPorts(range, undefined, size)).length === size) return range;
  }
}
