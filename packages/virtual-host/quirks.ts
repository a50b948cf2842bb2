/** Faults that real hosts, or the network in front of them, were seen to have, protocol/1 §8 and §11. For tests of clients. */
export interface Quirks {
  /** The ping payload that SETUP gives: 16 characters. */
  pingPayload?: string;
  /** Upper limit for the size of a video packet, whatever the client requests; the client is not told. */
  packetSize?: number;
  /** The address in `sessionUrl0`. RTSP then closes connections without a byte unless their `Host` names it. */
  sessionAddress?: string;
  /** RTSP is refused for this long after a launch or resume, ms. */
  rtspRefusedMs?: number;
  /** RTSP replies are sent byte by byte. */
  rtspBytewise?: boolean;
  /** A TCP reset follows each RTSP reply. */
  rtspReset?: boolean;
  /** Neither HTTP nor RTSP connections are closed after the reply. */
  neverClose?: boolean;
  /** HTTP: after a reply the host closes its side unannounced, reads on, and handles requests that it cannot answer. */
  readsOn?: boolean;
  /** Whether the end of a control connection stops the media of the session that took over its app; default: as the profile says. */
  pausesOnDeath?: Switch;
  /** No uinput, so input goes through XTest: no touch, no pen, and each wheel turn is at least a whole notch. */
  xtest?: boolean;
  /** A session sends only this many key frames, including the first; further requests change nothing. */
  keyFrames?: number;
  /** Key frames have at least this many bytes, like those of a 4K picture full of detail. */
  keyFrameBytes?: number;
  /** All frames have at least this many bytes, like those of a picture that moves everywhere. */
  frameBytes?: number;
  /** An app takes this long to prepare before `/launch` answers, ms, and HTTPS serves nobody meanwhile. */
  launchMs?: number;
  /** H.264 and HEVC parameter sets come with the first key frame and never again. */
  parameterSetsOnce?: boolean;
}

export type Switch = 'on' | 'off';

type Value<T> = T extends boolean ? true : T;

/** Reads the value of each in `NAME=VALUE`; undefined: not valid. */
const READERS: { [N in keyof Quirks]-?: (text: string) => Value<NonNullable<Quirks[N]>> | undefined } = {
  pingPayload: (text) => (/^[\x21-\x7e]{16}$/.test(text) ? text : undefined),
  packetSize: (text) => whole(text, 200, 65_503),
  sessionAddress: (text) => (/^[\w.:%[\]-]+$/.test(text) ? text : undefined),
  rtspRefusedMs: (text) => whole(text, 0, 60_000),
  rtspBytewise: flag,
  rtspReset: flag,
  neverClose: flag,
  pausesOnDeath: onOrOff,
  xtest: flag,
  parameterSetsOnce: flag,
  keyFrames: (text) => whole(text, 0, 1_000),
  readsOn: flag,
  keyFrameBytes: (text) => whole(text, 1, 5_600_000),
  frameBytes: (text) => whole(text, 1, 1_000_000),
  launchMs: (text) => whole(text, 0, 600_000),
};

export const QUIRK_NAMES = Object.keys(READERS) as (keyof Quirks)[];

/** Reads quirks from `NAME` or `NAME=VALUE`. Throws a TypeError that names what is unknown. */
export function parseQuirks(texts: readonly string[]): Quirks {
  const entries = texts.map((text) => {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    const value = Object.hasOwn(READERS, name)
      ? READERS[name as keyof Quirks](at < 0 ? '' : text.slice(at + 1))
      : undefined;
    if (value === undefined) throw new TypeError(`There is no quirk ${text}; there are ${QUIRK_NAMES.join(', ')}`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}

function flag(text: string): true | undefined {
  return text === '' ? true : undefined;
}

function onOrOff(text: string): Switch | undefined {
  return text === 'on' || text === 'off' ? text : undefined;
}

function whole(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  return value >= least && value <= most ? value : undefined;
}
