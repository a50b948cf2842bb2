export { type LoadedNative, loadNative, type NativeAddon } from './native/load.ts';
