export * from './credentials.ts';
export * from './origin.ts';
export * from './tokens.ts';
