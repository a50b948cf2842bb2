import type { SentFrame } from '../host/recorded-stream.ts';
import type { Receivers } from './receivers.ts';

type Stamps = Awaited<ReturnType<Receivers['stamps']>>;

/**
 * Per frame, ms: from the datagram that completes it leaving the host to the arrival of its last packet at the last receiver.
 * Receivers know a frame by its RTP timestamp only, so a frame is told by its place in the order: of each receiver's frames and the
 * host's, most arrive before the next is sent. Frames that one of them did not get are left out.
 */
export function arrivalDelays(sent: readonly SentFrame[], stamps: Stamps): number[] {
  const sentAt = new Map(sent.map(({ frameIndex, at }) => [frameIndex, at]));
  const arrivedAt = new Map<number, number[]>();
  for (const { frames } of stamps) {
    const inOrder = frames.toSorted(([one], [other]) => (one - other) | 0);
    const first = mostFrequent(inOrder.map(([, at], place) => lastBefore(sent, at) - place));
    for (const [place, [, at]] of inOrder.entries()) {
      const frameIndex = first + place;
      arrivedAt.set(frameIndex, [...(arrivedAt.get(frameIndex) ?? []), at]);
    }
  }
  return [...arrivedAt].flatMap(([frameIndex, times]) => {
    const at = sentAt.get(frameIndex);
    return at === undefined || times.length < stamps.length ? [] : [Math.max(...times) - at];
  });
}

/** Index of the newest frame that had been sent by then. */
function lastBefore(sent: readonly SentFrame[], at: number): number {
  return sent.findLast((frame) => frame.at <= at)?.frameIndex ?? Number.NaN;
}

function mostFrequent(values: readonly number[]): number {
  const counts = Map.groupBy(values, (value) => value);
  return [...counts].reduce(
    (best, one) => (one[1].length > best[1].length ? one : best),
    [Number.NaN, [] as number[]],
  )[0];
}
