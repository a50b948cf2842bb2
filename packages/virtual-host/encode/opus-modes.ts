import type { OpusLayout } from '@moonshare/gamestream';

interface SurroundMode {
  layout: OpusLayout;
  /** The digits of `surround-params`, in GFE's order, protocol/1 §8.4. */
  digits: string;
  bitRate: number;
  channelMask: bigint;
}

/**
 * The layouts this host offers. libopus codes surround as Opus mapping family 1: left-right pairs first, then centre and
 * low frequency. `layout.mapping` says where a client finds its channels (FL FR C LFE RL RR SL SR) in that order.
 */
export const OPUS_MODES: Record<2 | 6 | 8, SurroundMode> = {
  2: {
    layout: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] },
    digits: '21101',
    bitRate: 96_000,
    channelMask: 0x3n,
  },
  6: {
    layout: { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 4, 5, 2, 3] },
    digits: '642014235',
    bitRate: 256_000,
    channelMask: 0x3fn,
  },
  8: {
    layout: { channels: 8, streams: 5, coupledStreams: 3, mapping: [0, 1, 6, 7, 4, 5, 2, 3] },
    digits: '85301645237',
    bitRate: 450_000,
    channelMask: 0x63fn,
  },
};
