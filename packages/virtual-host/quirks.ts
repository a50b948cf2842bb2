/** Ways in which a real host or the network in front of it was seen to be awkward, protocol/1 §8 and §11. For tests of clients. */
export interface Quirks {
  /** What SETUP gives as ping payload: 16 characters. */
  pingPayload?: string;
  /** The most a video packet may hold, whatever the client asks; it is not told. */
  packetSize?: number;
  /** The address in `sessionUrl0`. RTSP then closes connections without a byte unless their `Host` is this. */
  sessionAddress?: string;
  /** RTSP is refused for so long after a launch or resume, ms. */
  rtspRefusedMs?: number;
  /** RTSP replies leave byte by byte. */
  rtspBytewise?: boolean;
  /** A TCP reset follows each RTSP reply. */
  rtspReset?: boolean;
  /** Neither HTTP nor RTSP connections are closed after the reply. */
  neverClose?: boolean;
  /** HTTP: after a reply the host closes its own side without having said so, reads on, and handles what it cannot answer. */
  readsOn?: boolean;
  /** Whether the end of a control connection stops the media of the session that has taken its app over; else as the profile says. */
  pausesOnDeath?: Switch;
  /** No uinput, so input goes through XTest: no touch and no pen, and each turn of the wheel is a whole notch at least. */
  xtest?: boolean;
  /** So many key frames of a session are sent, the first one included; requests for more change nothing. */
  keyFrames?: number;
  /** Key frames have at least so many bytes, as of a 4K picture full of detail. */
  keyFrameBytes?: number;
  /** An app is prepared for so long before `/launch` answers, ms, and HTTPS serves nobody meanwhile. */
  launchMs?: number;
  /** The parameter sets of H.264 and HEVC come with the first key frame and never again. */
  parameterSetsOnce?: boolean;
}

export type Switch = 'on' | 'off';

type Value<T> = T extends boolean ? true : T;

/** How each is read from `NAME=VALUE`; undefined = it cannot be that. */
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
  launchMs: (text) => whole(text, 0, 600_000),
};

export const QUIRK_NAMES = Object.keys(READERS) as (keyof Quirks)[];

/** Reads quirks from `NAME` or `NAME=VALUE`. Throws a TypeError that names what it does not know. */
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

/** The reverse of `parseQuirks`. */
export function quirkTexts(quirks: Quirks): string[] {
  return Object.entries(quirks).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return [value === true ? name : `${name}=${value}`];
  });
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
