import { GameStreamError } from '../errors.ts';
import { parseAppVersion } from './app-version.ts';
import type { ServerInfo } from './types.ts';
import { replyXml, type XmlChild, type XmlElement } from './xml.ts';

export const DEFAULT_HTTP_PORT = 47989;
const DEFAULT_HTTPS_PORT = 47984;

const NO_MAC = '00:00:00:00:00:00';

/**
 * Reads `/serverinfo`, protocol/1 §4. `secure`: it came over HTTPS with the pinned certificate; only then PairStatus counts.
 * `httpPort` replaces a missing ExternalPort. Throws HOST_BAD_REPLY, HOST_UNSUPPORTED.
 */
export function parseServerInfo(root: XmlElement, options: { secure: boolean; httpPort: number }): ServerInfo {
  const state = required(root, 'state');
  const busy = state.endsWith('_SERVER_BUSY');
  const mac = root.text('mac')?.toLowerCase() ?? '';
  const localIp = root.text('LocalIP') ?? '';
  return {
    hostname: root.text('hostname') ?? '',
    appVersion: parseAppVersion(required(root, 'appversion')),
    gfeVersion: root.text('GfeVersion') ?? '',
    uniqueId: root.text('uniqueid') ?? '',
    httpsPort: port(root.integer('HttpsPort')) ?? DEFAULT_HTTPS_PORT,
    externalPort: port(root.integer('ExternalPort')) ?? options.httpPort,
    mac: /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) && mac !== NO_MAC ? mac : null,
    // Sunshine reports 127.0.0.1 to clients that use IPv6.
    localIp: localIp === '' || localIp.startsWith('127.') ? null : localIp,
    maxLumaPixelsHevc: root.integer('MaxLumaPixelsHEVC') ?? 0,
    codecModeSupport: root.integer('ServerCodecModeSupport') ?? 1,
    paired: options.secure && required(root, 'PairStatus') === '1',
    currentGame: busy ? (root.integer('currentgame') ?? 0) : 0,
    state,
    busy,
  };
}

function required(root: XmlElement, name: string): string {
  const text = root.text(name);
  if (text === null || text === '') throw new GameStreamError('HOST_BAD_REPLY', `The server info lacks ${name}`);
  return text;
}

function port(value: number | null): number | null {
  return value !== null && value > 0 && value < 65536 ? value : null;
}

export interface ServerInfoFields {
  hostname: string;
  uniqueId: string;
  httpsPort: number;
  httpPort: number;
  codecModeSupport: number;
  mac: string;
  localIp: string;
  paired: boolean;
  /** 0: free. */
  currentGame: number;
  /** Only a Wolf lists some, and orders its elements differently. */
  displayModes?: DisplayMode[];
}

export interface DisplayMode {
  width: number;
  height: number;
  fps: number;
}

/** `/serverinfo` as Sunshine or, with display modes, a Wolf writes it, element by element, protocol/1 §4. */
export function serverInfoXml(fields: ServerInfoFields): string {
  const who: XmlChild[] = [
    ['hostname', fields.hostname],
    ['appversion', '7.1.431.-1'],
    ['GfeVersion', '3.23.0.74'],
    ['uniqueid', fields.uniqueId],
  ];
  const ports: XmlChild[] = [
    ['HttpsPort', fields.httpsPort],
    ['ExternalPort', fields.httpPort],
  ];
  const hevc: XmlChild = ['MaxLumaPixelsHEVC', fields.codecModeSupport & 0x100 ? 1869449984 : 0];
  const codecs: XmlChild = ['ServerCodecModeSupport', fields.codecModeSupport];
  const where: XmlChild[] = [
    ['mac', fields.mac],
    ['LocalIP', fields.localIp],
  ];
  const state: XmlChild[] = [
    ['PairStatus', fields.paired ? 1 : 0],
    ['currentgame', fields.currentGame],
    ['state', fields.currentGame === 0 ? 'SUNSHINE_SERVER_FREE' : 'SUNSHINE_SERVER_BUSY'],
  ];
  if (fields.displayModes === undefined) return replyXml([...who, ...ports, hevc, ...where, codecs, ...state]);
  const modes: XmlChild = ['SupportedDisplayMode', fields.displayModes.map(displayMode)];
  return replyXml([...who, hevc, codecs, ...ports, ...where, modes, ...state]);
}

function displayMode({ width, height, fps }: DisplayMode): XmlChild {
  return [
    'DisplayMode',
    [
      ['Width', width],
      ['Height', height],
      ['RefreshRate', fps],
    ],
  ];
}
