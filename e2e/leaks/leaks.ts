import assert from 'node:assert/strict';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { Stack, someUdpPorts } from '../harness/stack.ts';
import { untilNothingIsLeft } from './aftermath.ts';
import { type Figures, Walk } from './walk.ts';

/** After so many everything must have gone, so that each round is judged by its own streamers. */
const ROUND = 8;

/**
 * Starts and ends this many streamers at random on a host of this kind, and checks that nothing is left of them: no app, no
 * certificate, no process, no port. Throws if something is.
 */
export async function leaks(options: {
  like: NonNullable<VirtualHostOptions['like']>;
  posts: number;
  seed: number;
}): Promise<Figures & { certificates: number }> {
  const range = someUdpPorts();
  const [from, to] = range.split('-').map(Number) as [number, number];
  const stack = await Stack.start({ like: options.like }, { environment: { MOONSHARE_UDP_PORTS: range } });
  try {
    const walk = await Walk.start(stack, { seed: options.seed, oneStream: options.like === 'wolf' });
    for (;;) {
      const figures = await walk.run(Math.min(ROUND, options.posts - walk.figures.posts));
      const certificates = await untilNothingIsLeft(stack, { from, to });
      walk.settled();
      assert.ok(certificates <= figures.most, `${certificates} client certificates for ${figures.most} streamers`);
      if (figures.posts === options.posts) return { ...figures, certificates };
    }
  } catch (error) {
    for (const line of stack.log) process.stderr.write(line);
    throw error;
  } finally {
    await stack.close();
  }
}
