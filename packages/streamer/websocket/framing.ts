/** Final, binary; RFC 6455 §5.2. Nothing that a server sends is masked. */
const FINAL_BINARY = 0x82;

/** Bytes that a WebSocket frame has before a payload of this many bytes. */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 0x1_0000 ? 4 : 10;
}

/** Writes those bytes to the start of `target`. */
export function writeFrameHeader(target: Buffer, payloadBytes: number): void {
  target[0] = FINAL_BINARY;
  if (payloadBytes < 126) target[1] = payloadBytes;
  else if (payloadBytes < 0x1_0000) {
    target[1] = 126;
    target.writeUInt16BE(payloadBytes, 2);
  } else {
    target[1] = 127;
    target.writeBigUInt64BE(BigInt(payloadBytes), 2);
  }
}

/** A binary message as it goes over the wire. */
export function framed(message: Uint8Array): Buffer {
  const header = frameHeaderBytes(message.length);
  const frame = Buffer.allocUnsafe(header + message.length);
  writeFrameHeader(frame, message.length);
  frame.set(message, header);
  return frame;
}
