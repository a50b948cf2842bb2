export { ApiError, type ApiErrorCode } from './api-error.ts';
export type { EventFeed, EventOptions, ResetEvent } from './event-feed.ts';
export type { Fetch, Reply } from './fetch.ts';
export { type AppImage, type JsonOperationName, MoonshareApi, type StartOptions } from './moonshare-api.ts';
export type { PairingStep } from './pairing.ts';
export type { ApiOptions, CallOptions, Given } from './requests.ts';
export type { Region, Screenshot, ScreenshotOptions } from './screenshot.ts';
export type * from './types.ts';
