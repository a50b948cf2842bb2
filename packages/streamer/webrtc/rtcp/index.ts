export { countParts, isReport, parseRtcp, type RtcpMessage } from './parse.ts';
export { roundTripMs } from './round-trip.ts';
export { buildSenderReport } from './sender-report.ts';
