import type { Config } from './settings.ts';

/** Values that follow from several settings. */

/** Undefined: plain HTTP. */
export function tlsFiles({ tlsCert, tlsKey }: Config): { certificate: string; key: string } | undefined {
  return tlsCert === undefined || tlsKey === undefined ? undefined : { certificate: tlsCert, key: tlsKey };
}

export function turnServers({ turnUrls, turnSecret, turnLifetime }: Config) {
  return turnSecret === undefined ? null : { urls: turnUrls, secret: turnSecret, lifetimeSeconds: turnLifetime };
}

/** Web origins that are ours whatever Host a proxy sends, and those that the operator allows. */
export function ownOrigins({ publicUrl, allowedOrigins }: Config): string[] {
  return publicUrl === undefined ? allowedOrigins : [new URL(publicUrl).origin, ...allowedOrigins];
}
