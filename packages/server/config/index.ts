export { ownOrigins, tlsFiles, turnServers } from './derived.ts';
export * from './describe-settings.ts';
export { DEFAULT_HOST_PORT } from './field-schemas.ts';
export { type Environment, loadConfig, resolveSettings, type Settings } from './load.ts';
export { SETTING_FLAGS, TOGGLE_FLAGS } from './setting-names.ts';
export type { Config } from './settings.ts';
export { findSettingsFile } from './settings-file.ts';
export { unknownFlags } from './unknown-settings.ts';
