import { createCipheriv } from 'node:crypto';
import { loadNative, SrtpSession } from '../../packages/webrtc/index.ts';
import { masterBytes } from '../../packages/webrtc/srtp/testing/reference-srtp.ts';
import { dtlsTarget } from './dtls.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const PROFILES = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_SHA1_80'] as const;
const KEY = Buffer.alloc(16, 7);
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What the addon reads from the wire, as JavaScript calls it. Nothing without the addon. */
export function nativeTargets(): Target[] {
  return 'reason' in loadNative() ? [] : [dtlsTarget(), gcm(), ...PROFILES.map(srtcp)];
}

/** IV, tag and text in a row, as the host's packets have them. */
function gcm(): Target {
  const native = loadNative();
  if ('reason' in native) throw new Error(native.reason);
  const { addon } = native;
  const cipher = addon.gcmCreate(KEY);
  const samples = [0, 1, 16, 1_400].map((length) => {
    const iv = Buffer.alloc(IV_BYTES, length & 255);
    const sealing = createCipheriv('aes-128-gcm', KEY, iv);
    const text = Buffer.concat([sealing.update(Buffer.alloc(length, 3)), sealing.final()]);
    return Buffer.concat([iv, sealing.getAuthTag(), text]);
  });
  const sealedAt = IV_BYTES + TAG_BYTES;
  /** `spare`: bytes of `out` beyond those that it needs, or too few. */
  const open = (message: Buffer, at: readonly [number, number, number], spare: number): Buffer | null => {
    const out = Buffer.alloc(Math.max(0, message.length - at[2] + spare));
    try {
      return addon.gcmOpen(cipher, message, ...at, out) ? out : null;
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_INVALID_ARG_VALUE') return null;
      throw error;
    }
  };
  return {
    name: 'webrtc-native-gcm',
    samples,
    run: (input, random) => {
      const place = (): number => random.below(input.length + 20);
      open(input, [place(), place(), place()], random.below(40) - 20);
      const isReal = samples.some((sample) => sample.equals(input));
      const opened = open(input, [0, IV_BYTES, sealedAt], 0);
      if (isReal !== (opened?.every((byte) => byte === 3) === true))
        throw new Error('a forged message opened, or a real one did not');
    },
  };
}

/** Reports: a real one opens once, and nothing else does. */
function srtcp(profile: (typeof PROFILES)[number]): Target {
  const master = Buffer.alloc(masterBytes(profile), 9);
  const session = (): SrtpSession => new SrtpSession(profile, master, master);
  const sender = session();
  const samples = [8, 32, 1_100].map((length) => {
    const packet = Buffer.alloc(length, 1);
    packet.set([0x80, 201], 0);
    return Buffer.from(sender.protectRtcp(packet));
  });
  sender.free();
  return {
    name: `webrtc-native-srtcp-${profile.toLowerCase()}`,
    samples,
    run: (input, random: Random) => {
      const receiver = session();
      const isReal = samples.some((sample) => sample.equals(input));
      const first = receiver.unprotectRtcp(input);
      const again = receiver.unprotectRtcp(input);
      receiver.unprotectRtcp(random.pick(samples));
      receiver.free();
      if ((first !== null) !== isReal || again !== null)
        throw new Error('a forged report opened, or a real one did not');
    },
  };
}
