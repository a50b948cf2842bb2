export * from './address.ts';
export * from './cookies.ts';
export * from './credentials.ts';
export * from './guarded-credentials.ts';
export * from './origin.ts';
export * from './scopes.ts';
export * from './throttle.ts';
export * from './tokens.ts';
