export { decodeInput, MAX_TEXT_BYTES } from './decode.ts';
export { encodeInput, type InputMessage, splitText } from './encode.ts';
export * from './feedback.ts';
export * from './general.ts';
export * from './input.ts';
export * from './labels.ts';
