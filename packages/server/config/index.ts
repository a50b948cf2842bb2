export * from './describe.ts';
export { findSettingsFile } from './file.ts';
export { DEFAULT_HOST_PORT } from './forms.ts';
export { type Environment, loadConfig, resolveSettings, type Settings } from './load.ts';
export { SETTING_FLAGS, TOGGLE_FLAGS } from './names.ts';
export type { Config } from './settings.ts';
export { unknownFlags } from './unknown.ts';
