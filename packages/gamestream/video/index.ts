export * from './gate.ts';
export * from './packetizer.ts';
export * from './receiver.ts';
export * from './types.ts';
