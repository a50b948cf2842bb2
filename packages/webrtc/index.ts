export { type LoadedNative, loadNative, type NativeAddon } from './native/load.ts';
export { type SrtpProfile, SrtpSession } from './srtp/session.ts';
