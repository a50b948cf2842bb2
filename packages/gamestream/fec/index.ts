export * from './erasure-code.ts';
export * from './parity.ts';
