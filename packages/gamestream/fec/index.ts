export * from './code.ts';
export * from './coder.ts';
