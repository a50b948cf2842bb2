import { GameStreamError } from '../errors.ts';
import { bracketed } from './host-address.ts';
import { hostError } from './host-error.ts';
import type { QueryParameters } from './query.ts';
import type { LaunchReply, LaunchRequest } from './types.ts';
import { replyXml, type XmlReply } from './xml.ts';

const DEFAULT_RTSP_PORT = 48010;

/** `surroundAudioInfo`: channel mask × 65536 + channels, protocol/1 §7.1. */
const SURROUND_AUDIO_INFO = { 2: 196610, 6: 4128774, 8: 104792072 } as const;

/** The parameters of `/launch` and `/resume` after `uniqueid` and `uuid`, protocol/1 §7.1. */
export function launchParameters({ appId, settings, keys, gamepadMask }: LaunchRequest): [string, string][] {
  const parameters: [string, string | number][] = [
    ['appid', appId],
    ['mode', `${settings.width}x${settings.height}x${settings.fps}`],
    ['additionalStates', 1],
    ['sops', 0],
    ['rikey', keys.key.toString('hex')],
    ['rikeyid', keys.keyId],
    ['localAudioPlayMode', settings.playAudioOnHost ? 1 : 0],
    ['surroundAudioInfo', SURROUND_AUDIO_INFO[settings.audioChannels]],
    ['remoteControllersBitmap', gamepadMask],
    ['gcmap', gamepadMask],
    ['gcpersist', 0],
    ['corever', 1],
    ['continuousAudio', 1],
  ];
  if (settings.tenBit) {
    parameters.push(
      ['hdrMode', 1],
      ['clientHdrCapVersion', 0],
      ['clientHdrCapSupportedFlagsInUint32', 0],
      ['clientHdrCapMetaDataId', 'NV_STATIC_METADATA_TYPE_1'],
      ['clientHdrCapDisplayData', '0x0x0x0x0x0x0x0x0x0x0'],
    );
  }
  return parameters.map(([name, value]) => [name, String(value)]);
}

/** The answer to `/launch` or `/resume`: a host may turn either into the other, protocol/1 §7.2. `address` as used for HTTP. */
export function parseLaunchReply(reply: XmlReply, verb: 'launch' | 'resume', address: string): LaunchReply {
  const session = reply.root.text('gamesession') ?? reply.root.text('resume');
  if (reply.statusCode !== 200 || session === null || session === '0') throw hostError(verb, reply);
  const url = reply.root.text('sessionUrl0');
  if (url !== null && url !== '') return { sessionUrl: url };
  return { sessionUrl: `rtsp://${bracketed(address)}:${DEFAULT_RTSP_PORT}` };
}

/** What a host reads from `/launch` and `/resume`. */
export interface LaunchParameters {
  appId: number;
  width: number;
  height: number;
  fps: number;
  key: Buffer;
  keyId: number;
  /** The client can speak encrypted RTSP, protocol/1 §7.1 `corever`. */
  encryptedRtsp: boolean;
  gamepadMask: number;
}

/** Reads what Sunshine requires; null: `Missing a required launch/resume parameter`. `/resume` does not require `appid`. */
export function parseLaunchParameters(query: QueryParameters, verb: 'launch' | 'resume'): LaunchParameters | null {
  const key = query.get('rikey') ?? '';
  const keyId = integer(query.get('rikeyid'));
  const appId = integer(query.get('appid'));
  if (!/^[0-9a-f]{32}$/i.test(key) || keyId === null) return null;
  if (verb === 'launch' && (appId === null || !query.has('localaudioplaymode'))) return null;
  const mode = /^(\d{1,5})x(\d{1,5})x(\d{1,4})$/.exec(query.get('mode') ?? '');
  const [width = 0, height = 0, fps = 0] = mode?.slice(1).map(Number) ?? [];
  return {
    appId: appId ?? 0,
    width,
    height,
    fps,
    key: Buffer.from(key, 'hex'),
    keyId: keyId | 0,
    encryptedRtsp: (integer(query.get('corever')) ?? 0) >= 1,
    gamepadMask: integer(query.get('gcmap')) ?? integer(query.get('remotecontrollersbitmap')) ?? 0,
  };
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : null;
}

/** The success replies of protocol/1 §7.2. */
export function launchReplyXml(verb: 'launch' | 'resume', sessionUrl: string): string {
  return replyXml([
    ['sessionUrl0', sessionUrl],
    [verb === 'launch' ? 'gamesession' : 'resume', 1],
  ]);
}

export function cancelReplyXml(): string {
  return replyXml([['cancel', 1]]);
}

/** Refuses what would make the host misread the query or the stream. Throws INVALID_ARGUMENT. */
export function checkLaunchRequest({ appId, settings, keys, gamepadMask }: LaunchRequest): void {
  const whole = (value: number, from: number, to: number) => Number.isInteger(value) && value >= from && value <= to;
  const wrong =
    (!whole(appId, 0, 0x7fffffff) && 'appId') ||
    (!whole(settings.width, 1, 16384) && 'width') ||
    (!whole(settings.height, 1, 16384) && 'height') ||
    (!whole(settings.fps, 1, 1000) && 'fps') ||
    (!whole(keys.keyId, -0x80000000, 0x7fffffff) && 'keyId') ||
    (keys.key.length !== 16 && 'key') ||
    (!whole(gamepadMask, 0, 0xffff) && 'gamepadMask');
  if (wrong) throw new GameStreamError('INVALID_ARGUMENT', `${wrong} of the launch request is out of range`);
}
