export { HEADER_BYTES, MAX_PAYLOAD, patchPacket, type StreamBinding } from './packet.ts';
export { packetizeOpus, VideoPacketizer } from './packetizer.ts';
