import type { OpusLayout } from '@moonshare/gamestream';

/** Half the power, as browsers mix 5.1 for two loudspeakers, so that everyone hears the same loudness. */
const HALF = Math.SQRT1_2;

/** Left and right gain of each channel position (FL FR C LFE RL RR SL SR, protocol/3 §8.4). LFE is useless on two loudspeakers. */
const GAINS: readonly (readonly [left: number, right: number])[] = [
  [1, 0],
  [0, 1],
  [HALF, HALF],
  [0, 0],
  [HALF, 0],
  [0, HALF],
  [HALF, 0],
  [0, HALF],
];

/** One stream of an Opus multistream packet, with the left and right gain of its one or two channels. */
export interface StreamGains {
  channels: 1 | 2;
  left: number[];
  right: number[];
  /** It contributes nothing. */
  isSilent: boolean;
}

/** By stream: first the coupled ones with two channels each, then the others. */
export function stereoGains({ channels, streams, coupledStreams, mapping }: OpusLayout): StreamGains[] {
  const gainsOf = (coded: number): [left: number, right: number] => {
    const places = mapping
      .slice(0, channels)
      .flatMap((from, place) => (from === coded ? [GAINS[place] ?? [0, 0]] : []));
    return places.reduce<[number, number]>((sum, [left, right]) => [sum[0] + left, sum[1] + right], [0, 0]);
  };
  return Array.from({ length: streams }, (_, stream) => {
    const isCoupled = stream < coupledStreams;
    const coded = isCoupled ? [2 * stream, 2 * stream + 1] : [coupledStreams + stream];
    const gains = coded.map(gainsOf);
    return {
      channels: isCoupled ? 2 : 1,
      left: gains.map(([left]) => left),
      right: gains.map(([, right]) => right),
      isSilent: gains.every(([left, right]) => left === 0 && right === 0),
    };
  });
}
