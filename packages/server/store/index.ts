export * from './certificate-store.ts';
export * from './database.ts';
export * from './host-store.ts';
