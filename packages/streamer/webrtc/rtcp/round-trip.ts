/**
 * The round trip a report block shows (RFC 3550 §6.4.1), ms. `now` is the middle 32 bits of the NTP time of arrival.
 * null: the receiver had no sender report yet, or the numbers are impossible.
 */
export function roundTripMs(now: number, lastReport: number, delaySinceLastReport: number): number | null {
  if (lastReport === 0) return null;
  const units = (now - lastReport - delaySinceLastReport) | 0;
  if (units < 0) return units > -66 ? 0 : null; // up to a millisecond of clock noise
  const ms = (units * 1000) / 65_536;
  return ms <= 60_000 ? ms : null;
}
