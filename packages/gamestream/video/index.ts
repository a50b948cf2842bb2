export * from './decode-gate.ts';
export { type EncodedFrame, VideoPacketizer, type VideoPacketizerOptions } from './packetizer.ts';
export * from './receiver.ts';
export * from './types.ts';
