export { HEADER_BYTES, MAX_PAYLOAD, patchPacket, type StreamBinding } from './packet.ts';
export { LARGEST_FRAME, packetizeOpus, VideoPacketizer } from './packetizer.ts';
