import type { SessionKeys, StreamSettings } from '../types.ts';

/** A self-signed RSA-2048 certificate and its key, protocol/1 §3.4. */
export interface ClientIdentity {
  /** PEM in OpenSSL's canonical form. */
  certificate: string;
  /** PKCS#8 PEM. */
  privateKey: string;
}

/** The dotted quad of `appversion`, protocol/1 §1. */
export interface AppVersion {
  text: string;
  parts: [number, number, number, number];
  /** The host speaks the Sunshine extensions (Sunshine, Wolf and relatives). */
  sunshine: boolean;
}

/** The contents of `/serverinfo`, protocol/1 §4. */
export interface ServerInfo {
  hostname: string;
  appVersion: AppVersion;
  gfeVersion: string;
  /** Identifies the host; names and addresses do not. */
  uniqueId: string;
  httpsPort: number;
  externalPort: number;
  /** For Wake-on-LAN; null if the host does not give one. */
  mac: string | null;
  localIp: string | null;
  maxLumaPixelsHevc: number;
  /** Bit mask of protocol/1 §4, `ServerCodecModeSupport`. */
  codecModeSupport: number;
  /** Only a reply over HTTPS can make this true. */
  paired: boolean;
  /** The running app, 0 unless busy. */
  currentGame: number;
  state: string;
  busy: boolean;
}

export interface App {
  id: number;
  title: string;
  hdr: boolean;
}

/** The parameters of `/launch` and `/resume`, protocol/1 §7.1. */
export interface LaunchRequest {
  appId: number;
  settings: StreamSettings;
  keys: SessionKeys;
  /** Bit n = gamepad n is attached at the start. */
  gamepadMask: number;
}

export interface LaunchReply {
  /** `sessionUrl0` as the host sent it, or `rtsp://<host>:48010` built from the address used. */
  sessionUrl: string;
}
