import type { DetailedHost, UndetailedHost } from '@moonshare/contract';
import type { ServerInfo } from '@moonshare/gamestream';
import type { HostInfo, HostRecord } from '../store/host-store.ts';

const DEFAULT_HTTPS_PORT = 47_984;

/** What is known about a host at one time. */
export interface HostView {
  record: HostRecord;
  paired: boolean;
  /** null while it is offline. */
  online: { busy: boolean; currentGame: number } | null;
}

/** protocol/4 §1 */
export function undetailed({ record, paired, online }: HostView): UndetailedHost {
  return {
    host_id: record.id,
    name: record.info?.name ?? record.address,
    paired: paired ? 'Paired' : 'NotPaired',
    server_state: online === null ? null : online.busy ? 'Busy' : 'Free',
  };
}

/** protocol/4 §1; an offline host is described as it was last seen. */
export function detailed(view: HostView): DetailedHost {
  const { record, online } = view;
  const { info } = record;
  return {
    ...undetailed(view),
    address: record.address,
    http_port: record.httpPort,
    https_port: info?.httpsPort ?? DEFAULT_HTTPS_PORT,
    external_port: info?.externalPort ?? record.httpPort,
    version: info?.version ?? '',
    gfe_version: info?.gfeVersion ?? '',
    unique_id: info?.uniqueId ?? '',
    ...(info?.mac ? { mac: info.mac } : {}),
    local_ip: info?.localIp ?? '',
    current_game: online?.currentGame ?? 0,
    max_luma_pixels_hevc: info?.maxLumaPixelsHevc ?? 0,
    server_codec_mode_support: info?.codecModeSupport ?? 0,
  };
}

/** The part of `/serverinfo` worth keeping. Sunshine tells unpaired clients no MAC: the known one is kept. */
export function hostInfo(info: ServerInfo, before: HostInfo | null): HostInfo {
  return {
    name: info.hostname,
    httpsPort: info.httpsPort,
    externalPort: info.externalPort,
    version: info.appVersion.text,
    gfeVersion: info.gfeVersion,
    uniqueId: info.uniqueId,
    mac: info.mac ?? before?.mac ?? null,
    localIp: info.localIp,
    maxLumaPixelsHevc: info.maxLumaPixelsHevc,
    codecModeSupport: info.codecModeSupport,
  };
}
