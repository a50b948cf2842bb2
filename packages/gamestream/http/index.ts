export * from './host-client.ts';
export * from './identity.ts';
export * from './pair.ts';
export * from './session-keys.ts';
export * from './types.ts';
