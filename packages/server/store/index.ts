export * from './certificate-store.ts';
export * from './database.ts';
export * from './host-store.ts';
export * from './link-store.ts';
export * from './session-store.ts';
export * from './token-store.ts';
export * from './user-store.ts';
