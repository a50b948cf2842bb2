import { GameStreamError } from '../errors.ts';
import type { ServerInfo } from '../http/types.ts';
import type { OpusLayout, StreamSettings } from '../types.ts';
import { announcedPacketSize, buildAnnounce, checkStreamSettings } from './announce.ts';
import { ENCRYPT_AUDIO, ENCRYPT_CONTROL_V2, ENCRYPT_VIDEO, type HostDescription, parseDescribe } from './describe.ts';
import { encodeRequest, MAX_REQUEST_BYTES, type RtspHeader, type RtspResponse } from './message.ts';
import { chooseOpusLayout } from './opus-layout.ts';
import type { SessionUrl } from './session-url.ts';
import { parseSetupReply, SETUP_TARGETS, type SetupReply } from './setup.ts';
import type { RtspSession, RtspSetup, RtspStream } from './types.ts';

/** RTSP client version for generation 7. */
const CLIENT_VERSION: RtspHeader = ['X-GS-ClientVersion', '14'];
const IF_MODIFIED: RtspHeader = ['If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'];
/** Hosts ignore the client ports: they send to where the pings come from. */
const TRANSPORT: RtspHeader = ['Transport', 'unicast;X-GS-ClientPort=50000-50001'];
/** With a lower bitrate the sound would take too large a share, protocol/1 §8.6. */
const HIGH_QUALITY_FROM_KBPS = 15_000;

export type RtspMethod = 'OPTIONS' | 'DESCRIBE' | 'SETUP' | 'ANNOUNCE' | 'PLAY';

export interface RtspHandshakeInput {
  url: SessionUrl;
  settings: StreamSettings;
  serverInfo: Pick<ServerInfo, 'appVersion' | 'codecModeSupport'>;
  /** IP address that the connections go to. */
  peerAddress: string;
  /** See `isRemoteAddress`. */
  remote: boolean;
}

/** What a reply brought about. */
export interface RtspProgress {
  /** A stream was set up. */
  setup?: RtspSetup;
  /** The host starts its stream now. */
  announced?: true;
}

type Step = 'options' | 'describe' | RtspStream | 'announce' | 'play' | 'done';

const STEPS: Step[] = ['options', 'describe', 'audio', 'video', 'control', 'announce', 'play', 'done'];
const METHODS: Record<Exclude<Step, 'done'>, RtspMethod> = {
  options: 'OPTIONS',
  describe: 'DESCRIBE',
  audio: 'SETUP',
  video: 'SETUP',
  control: 'SETUP',
  announce: 'ANNOUNCE',
  play: 'PLAY',
};

interface Negotiated {
  description: HostDescription;
  /** `x-ss-general.encryptionEnabled`. */
  encryption: number;
  audioEncrypted: boolean;
  videoEncrypted: boolean;
  packetSize: number;
  opus: OpusLayout;
  highQualityAudio: boolean;
}

/**
 * The seven requests of protocol/1 §8.3 in order: send what `request()` returns, pass the reply to `receive()`, until
 * `session` is set. Connections and encryption are up to the caller.
 */
export class RtspHandshake {
  readonly #input: RtspHandshakeInput;
  #step = 0;
  #sessionId = '';
  #negotiated: Negotiated | null = null;
  readonly #setups = new Map<RtspStream, SetupReply>();
  #session: RtspSession | null = null;

  /** Throws INVALID_ARGUMENT for settings that no host accepts. */
  constructor(input: RtspHandshakeInput) {
    checkStreamSettings(input.settings);
    this.#input = input;
  }

  /** Null until the last reply has come. */
  get session(): RtspSession | null {
    return this.#session;
  }

  /** The next request, in the clear. */
  request(): { method: RtspMethod; bytes: Buffer } {
    const step = this.#current();
    const method = METHODS[step];
    const headers: RtspHeader[] = [['CSeq', String(this.#step + 1)], CLIENT_VERSION, ['Host', this.#input.url.host]];
    if (this.#sessionId !== '') headers.push(['Session', this.#sessionId]);
    let target = this.#input.url.text;
    let body = '';
    if (step === 'describe') headers.push(['Accept', 'application/sdp'], IF_MODIFIED);
    else if (step === 'announce') {
      target = SETUP_TARGETS.control;
      headers.push(['Content-type', 'application/sdp']);
      body = this.#announcement();
    } else if (step === 'play') target = '/';
    else if (step !== 'options') {
      target = SETUP_TARGETS[step];
      headers.push(TRANSPORT, IF_MODIFIED);
    }
    const bytes = encodeRequest({ method, target, headers, body });
    if (bytes.length > MAX_REQUEST_BYTES) {
      throw new GameStreamError('RTSP_FAILED', `${method} has ${bytes.length} bytes, more than hosts read`);
    }
    return { method, bytes };
  }

  /**
   * Takes the reply to the last request. Throws RTSP_FAILED, HOST_ENCRYPTION_REQUIRED, HOST_ENCRYPTION_UNAVAILABLE, HOST_BUSY,
   * HOST_REFUSED, HOST_UNSUPPORTED or HOST_BAD_REPLY; after that the handshake is over.
   */
  receive(reply: RtspResponse): RtspProgress {
    const step = this.#current();
    if (reply.code !== 200) throw refused(step, reply);
    const progress = this.#take(step, reply);
    this.#step++;
    if (STEPS[this.#step] === 'done') this.#session = this.#settle();
    return progress;
  }

  #take(step: Exclude<Step, 'done'>, reply: RtspResponse): RtspProgress {
    if (step === 'describe') this.#negotiated = this.#negotiate(parseDescribe(reply.body));
    if (step === 'announce') return { announced: true };
    if (step !== 'audio' && step !== 'video' && step !== 'control') return {};
    const { sessionId, connectData, ...setup } = parseSetupReply(step, reply);
    if (step === 'audio') {
      if (sessionId === null) throw new GameStreamError('RTSP_FAILED', 'The host gave no session id');
      this.#sessionId = sessionId;
    }
    this.#setups.set(step, { ...setup, sessionId, connectData });
    return { setup };
  }

  #negotiate(description: HostDescription): Negotiated {
    const { settings, serverInfo, remote, peerAddress } = this.#input;
    // AV1 is not checked: Wolf supports it without saying so (protocol/5).
    if (settings.codec === 'hevc' && !description.hevc && (serverInfo.codecModeSupport & 0x300) === 0) {
      throw new GameStreamError('HOST_UNSUPPORTED', 'The host does not encode HEVC', { hint: 'Choose H.264.' });
    }
    const { supported, requested } = description.encryption ?? { supported: 0, requested: 0 };
    const isWanted = settings.encrypt !== 'demanded';
    const inUse = (bit: number) => (requested & bit) !== 0 || ((supported & bit) !== 0 && isWanted);
    const videoEncrypted = inUse(ENCRYPT_VIDEO);
    // A host that does not negotiate still obeys x-nv-general.featureFlags (protocol/5, Wolf 3).
    const audioEncrypted = description.encryption === null ? isWanted : inUse(ENCRYPT_AUDIO);
    const controlV2 = (supported & ENCRYPT_CONTROL_V2) !== 0;
    if (settings.encrypt === 'all') checkAll({ video: videoEncrypted, sound: audioEncrypted, control: controlV2 });
    const encryption =
      (controlV2 ? ENCRYPT_CONTROL_V2 : 0) +
      (videoEncrypted ? ENCRYPT_VIDEO : 0) +
      (description.encryption !== null && audioEncrypted ? ENCRYPT_AUDIO : 0);
    const choice = { channels: settings.audioChannels, sunshine: serverInfo.appVersion.sunshine };
    // 10 ms of high quality do not fit into one packet, protocol/3 §8.4.
    const mayHigh =
      settings.audioChannels > 2 && settings.bitrateKbps >= HIGH_QUALITY_FROM_KBPS && settings.audioPacketMs === 5;
    const high = mayHigh ? chooseOpusLayout(description.opusLines, { ...choice, highQuality: true }) : null;
    const opus = high ?? chooseOpusLayout(description.opusLines, { ...choice, highQuality: false })!;
    const packetSize = announcedPacketSize({ wanted: settings.packetSize, remote, peerAddress, videoEncrypted });
    return {
      description,
      encryption,
      audioEncrypted,
      videoEncrypted,
      packetSize,
      opus,
      highQualityAudio: high !== null,
    };
  }

  #announcement(): string {
    const { settings, serverInfo, peerAddress, remote } = this.#input;
    const { packetSize, encryption, audioEncrypted, highQualityAudio } = this.#negotiated!;
    return buildAnnounce({
      settings,
      packetSize,
      sunshine: serverInfo.appVersion.sunshine,
      peerAddress,
      videoPort: this.#setups.get('video')!.port,
      remote,
      encryption,
      audioEncrypted,
      echoesSessionIds: this.#pingPayload() !== null,
      highQualityAudio,
    });
  }

  #pingPayload(): string | null {
    return this.#setups.get('video')!.pingPayload ?? this.#setups.get('audio')!.pingPayload;
  }

  #settle(): RtspSession {
    const { description, encryption, audioEncrypted, videoEncrypted, packetSize, opus } = this.#negotiated!;
    const control = this.#setups.get('control')!;
    return {
      audioPort: this.#setups.get('audio')!.port,
      videoPort: this.#setups.get('video')!.port,
      controlPort: control.port,
      pingPayload: this.#pingPayload(),
      connectData: control.connectData,
      encryption: {
        controlV2: (encryption & ENCRYPT_CONTROL_V2) !== 0,
        video: videoEncrypted,
        audio: audioEncrypted,
      },
      opus,
      featureFlags: description.featureFlags,
      audioPacketMs: this.#input.settings.audioPacketMs,
      packetSize,
      refPicInvalidation: description.refPicInvalidation,
    };
  }

  #current(): Exclude<Step, 'done'> {
    const step = STEPS[this.#step]!;
    if (step === 'done') throw new GameStreamError('INVALID_ARGUMENT', 'The handshake is over');
    return step;
  }
}

/** Throws HOST_ENCRYPTION_UNAVAILABLE. `control` means the v2 style: the older one hides little (protocol/2 §3.3). */
function checkAll(encrypted: Record<'video' | 'sound' | 'control', boolean>): void {
  const missing = Object.entries(encrypted).flatMap(([kind, is]) => (is ? [] : [kind]));
  if (missing.length === 0) return;
  throw new GameStreamError('HOST_ENCRYPTION_UNAVAILABLE', `The host does not offer to encrypt ${missing.join(', ')}`);
}

/** protocol/1 §8.6, "ANNOUNCE failures". */
function refused(step: Exclude<Step, 'done'>, reply: RtspResponse): GameStreamError {
  const message = `The host answered ${METHODS[step]} with ${reply.code} ${reply.reason.slice(0, 100)}`.trimEnd();
  if (reply.code === 403) {
    return new GameStreamError('HOST_ENCRYPTION_REQUIRED', message, {
      hint: 'The host insists on encryption: allow encrypted video and audio for it.',
    });
  }
  if (reply.code === 503) {
    return new GameStreamError('HOST_BUSY', message, { hint: 'End another stream of this host first.' });
  }
  const hint =
    step === 'announce'
      ? 'The host may not support this codec or size: try H.264, and check the host log.'
      : 'Resume with new keys; if it fails again, restart the app on the host.';
  return new GameStreamError('RTSP_FAILED', message, { hint });
}
