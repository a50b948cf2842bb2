/** Largest text frame of a peer WebSocket, in bytes; an SDP with many candidates stays far below this. */
export const MAX_SIGNAL_BYTES = 256 * 1024;
