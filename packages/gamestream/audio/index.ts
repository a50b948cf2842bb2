export * from './packetizer.ts';
export * from './receiver.ts';
