import type { Config } from './settings.ts';

/** Problems with settings that are each valid on their own. */
export function crossCheck(config: Config): string[] {
  const problems: string[] = [];
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    problems.push('MOONSHARE_TLS_CERT and MOONSHARE_TLS_KEY must be set together');
  }
  if ((config.turnUrls.length === 0) !== (config.turnSecret === undefined)) {
    problems.push('MOONSHARE_TURN_URLS and MOONSHARE_TURN_SECRET must be set together');
  }
  if (config.proxyUserHeader !== undefined && config.trustedProxies.length === 0) {
    problems.push('MOONSHARE_PROXY_USER_HEADER requires MOONSHARE_TRUSTED_PROXIES: only those are trusted with it');
  }
  return problems;
}
