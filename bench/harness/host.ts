import { type ClientIdentity, createClientIdentity, HostClient, pair } from '@moonshare/gamestream';
import { findFreeBasePort } from '@moonshare/virtual-host';
import type { Clip } from '../clip/clip.ts';
import type { PictureFormat } from '../clip/noise.ts';
import type { SentFrame } from '../host/recorded-stream.ts';
import { Child } from './child.ts';

const PIN = '1234';
const ADDRESS = '127.0.0.1';

interface Ready {
  type: 'ready';
  httpPort: number;
  adminPort: number;
}

/** The bench's host in a separate process, paired with one client. */
export class BenchHost {
  readonly address = ADDRESS;
  readonly identity: ClientIdentity;
  readonly certificate: string;
  readonly httpPort: number;
  readonly format: PictureFormat;
  readonly #adminPort: number;
  readonly #child: Child;

  private constructor(
    child: Child,
    ready: Ready,
    { identity, certificate, format }: Pick<BenchHost, 'identity' | 'certificate' | 'format'>,
  ) {
    this.#child = child;
    this.format = format;
    this.httpPort = ready.httpPort;
    this.#adminPort = ready.adminPort;
    this.identity = identity;
    this.certificate = certificate;
  }

  static async start({ format, picturesFile }: Clip): Promise<BenchHost> {
    const up = Promise.withResolvers<Ready>();
    const args = [String(await findFreeBasePort()), PIN, picturesFile];
    const child = new Child(new URL('../host/main.ts', import.meta.url), { args }, up.resolve);
    const ready = await child.orFailed(up.promise);
    const identity = await createClientIdentity();
    const { hostCertificate } = await pair({ address: ADDRESS, httpPort: ready.httpPort, identity, pin: PIN });
    return new BenchHost(child, ready, { identity, certificate: hostCertificate, format });
  }

  /** The first app in its list. */
  async app(): Promise<{ id: number; title: string }> {
    const { address, httpPort, identity, certificate } = this;
    const [app] = await new HostClient({ address, httpPort, identity, hostCertificate: certificate }).appList();
    return app!;
  }

  /** Frames sent since the last call. */
  sent(): Promise<SentFrame[]> {
    return this.#child.ask('sent');
  }

  /** When input packets arrived, since the last call. */
  inputs(): Promise<number[]> {
    return this.#child.ask('inputs');
  }

  /** Key frame requests so far in the running session. */
  async keyFrameRequests(): Promise<number> {
    const response = await fetch(`http://${ADDRESS}:${this.#adminPort}/state`);
    const { sessions } = (await response.json()) as { sessions: { idrRequests: number }[] };
    return sessions[0]!.idrRequests;
  }

  close(): Promise<void> {
    return this.#child.end('SIGTERM');
  }
}
