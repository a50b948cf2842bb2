export * from './channels/index.ts';
export * from './errors.ts';
export * from './process.ts';
export * from './rest.ts';
export * from './settings.ts';
export * from './signalling.ts';
export * from './viewer-input.ts';
