/**
 * The GameStream protocol, for clients and for hosts. What always holds:
 *
 * - A core does nothing by itself. Bytes and the time go in; `{ events, wakeAt }` comes out, and what it wants is in the future.
 * - What is given out is given out once and in order: frames, sound, the messages of each channel. A frame follows the one before it
 *   or is a key frame.
 * - What the wire makes us hold has a bound in bytes, and is let go of with what it belonged to.
 *
 * Where a fault of ours could break this and nobody would see it, it is asserted (`node:assert`), and the fuzz run looks for it.
 */
export * from './audio/index.ts';
export * from './control/index.ts';
export * from './enet/index.ts';
export * from './errors.ts';
export * from './fec/index.ts';
export * from './http/index.ts';
export * from './input/index.ts';
export * from './rtsp/index.ts';
export * from './stream/index.ts';
export * from './types.ts';
export * from './video/index.ts';
export { type CoreOutput, WakeTimer } from './wake-timer.ts';
