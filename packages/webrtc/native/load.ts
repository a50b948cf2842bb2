import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { addonPath } from './target.ts';

/** What the C exports; each part checks its arguments and throws errors with codes. */
export interface NativeAddon {
  /** The version of the OpenSSL that is used, the one of the running Node. */
  openssl: string;

  dtlsContext(certificate: string, privateKey: string): DtlsContextHandle;
  dtlsCreate(
    context: DtlsContextHandle,
    isServer: 0 | 1,
    fingerprint: Uint8Array,
    mtu: number,
    firstTimeoutMs: number,
  ): DtlsHandle;
  /** These answer with a transcript (`dtls/transcript.ts`). After one that says `closed` they throw. */
  dtlsStart(dtls: DtlsHandle): Uint8Array;
  dtlsReceive(dtls: DtlsHandle, datagram: Uint8Array): Uint8Array;
  dtlsSend(dtls: DtlsHandle, data: Uint8Array): Uint8Array;
  dtlsTimeout(dtls: DtlsHandle): Uint8Array;
  dtlsClose(dtls: DtlsHandle): Uint8Array;

  srtpCreate(profile: number, local: Uint8Array, remote: Uint8Array): SrtpHandle;
  /** These write to `out` and return how many bytes; 0: refused. */
  srtpProtectRtp(session: SrtpHandle, packet: Uint8Array, out: Uint8Array): number;
  srtpProtectRtcp(session: SrtpHandle, packet: Uint8Array, out: Uint8Array): number;
  srtpUnprotectRtcp(session: SrtpHandle, packet: Uint8Array, out: Uint8Array): number;
  srtpFree(session: SrtpHandle): void;

  /**
   * Throws what binding throws, with its code. `receive` is called with the number of datagrams in `table`. `peerAddress` empty:
   * from everyone.
   */
  socketBind(
    address: string,
    port: number,
    slab: Uint8Array,
    table: Uint8Array,
    receive: (count: number) => void,
    peerAddress: string,
    peerPort: number,
  ): SocketHandle;
  socketPort(socket: SocketHandle): number;
  /** `from` empty: as the routes say. Null, or the code of the error. */
  socketSend(socket: SocketHandle, datagram: Uint8Array, address: string, port: number, from: string): string | null;
  socketAddressText(family: number, w0: number, w1: number, w2: number, w3: number): string;
  socketClose(socket: SocketHandle): void;

  /** `refused`: what the kernel did not take for a viewer: no room, too large, no way. */
  fanoutCreate(
    socket: SocketHandle,
    refused: (viewer: number, full: number, tooLarge: number, unreachable: number) => void,
  ): FanoutHandle;
  fanoutAdd(fanout: FanoutHandle, session: SrtpHandle, address: string, port: number, from: string): number;
  fanoutSetPath(fanout: FanoutHandle, viewer: number, address: string, port: number, from: string): boolean;
  fanoutRemove(fanout: FanoutHandle, viewer: number): boolean;
  /** `viewers`: seven u32 each. -1: too much is waiting. */
  fanoutSend(fanout: FanoutHandle, packets: readonly Uint8Array[], viewers: Uint8Array, keep: boolean): number;
  /** `sequences`: u16 each. `rtx`: four u32, or nothing. */
  fanoutResend(fanout: FanoutHandle, viewer: number, ssrc: number, sequences: Uint8Array, rtx: Uint8Array): number;
  fanoutStats(fanout: FanoutHandle): FanoutStatistics;
  fanoutClose(fanout: FanoutHandle): void;

  gcmCreate(key: Uint8Array): GcmHandle;
  /** Where in `message` the IV (12 bytes), the tag (16) and the sealed bytes are. False: not genuine, and `out` is rubbish. */
  gcmOpen(
    cipher: GcmHandle,
    message: Uint8Array,
    ivAt: number,
    tagAt: number,
    sealedAt: number,
    out: Uint8Array,
  ): boolean;
}

/** An object of the addon, which only the addon can look into. */
export type DtlsContextHandle = { readonly kind: 'dtls context' };
export type DtlsHandle = { readonly kind: 'dtls' };
export type SrtpHandle = { readonly kind: 'srtp' };
export type SocketHandle = { readonly kind: 'socket' };
export type FanoutHandle = { readonly kind: 'fanout' };
export type GcmHandle = { readonly kind: 'gcm' };

/** What a fan-out has done, in packets unless it says otherwise. */
export interface FanoutStatistics {
  /** Taken by the kernel; `segmented` of them many at a time. */
  packets: number;
  bytes: number;
  segmented: number;
  full: number;
  tooLarge: number;
  unreachable: number;
  /** For viewers that were gone when their turn came. */
  stale: number;
  /** Calls refused because too much was waiting. */
  overflows: number;
  /** Viewers left out of a call because a number would have been used twice. */
  reused: number;
}

/** `fix`: what a person can do about it; null: nothing, there is no addon for such machines. */
export type LoadedNative = { addon: NativeAddon } | { reason: string; fix: string | null };

let loaded: LoadedNative | null = null;

/** The addon, or why there is none; a fallback is used then. Always the same answer in one thread. */
export function loadNative(): LoadedNative {
  loaded ??= load();
  return loaded;
}

/** For what only works with the addon, and is only made where it loads. */
export function nativeAddon(): NativeAddon {
  const native = loadNative();
  if ('reason' in native) throw new Error(`There is no addon: ${native.reason}`);
  return native.addon;
}

function load(): LoadedNative {
  if (process.platform !== 'linux') return { reason: 'it is for Linux', fix: null };
  const path = addonPath();
  if (!existsSync(path))
    return {
      reason: 'it is not built for this machine',
      fix: 'Install a C compiler, then give npm run build in a checkout of the sources, which says what else is missing.',
    };
  try {
    return { addon: createRequire(import.meta.url)(path) };
  } catch (error) {
    return {
      reason: `it does not load: ${(error as Error).message.replace(/\.$/, '')}`,
      fix: 'Give npm run build in a checkout of the sources, with the Node that is to run it.',
    };
  }
}
