import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Negotiation, ServerSignal } from '@moonshare/contract';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../harness/chromium.ts';

/** How a front end starts a connection, protocol/4 §3 and §4. */
export type Style = 'offers media' | 'offers data' | 'waits';

/** The page's side, as in front ends; runs in the browser. */
function pageMain(style: string): void {
  const scope = globalThis as unknown as {
    toServer(message: unknown): void;
    fromServer(message: {
      Description?: { ty: RTCSdpType; sdp: string };
      AddIceCandidate?: Record<string, string>;
    }): void;
    peer: RTCPeerConnection;
    channels: Record<string, RTCDataChannel>;
    texts: string[];
  };
  const peer = new RTCPeerConnection();
  scope.peer = peer;
  scope.channels = {};
  scope.texts = [];
  if (style !== 'waits') {
    for (const label of ['mouse', 'keyboard', 'touch', 'controllers']) {
      const channel = peer.createDataChannel(label);
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }) => scope.texts.push(`${label} ${[...new Uint8Array(data)].join(' ')}`);
      scope.channels[label] = channel;
    }
  }
  peer.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => scope.texts.push(`${channel.label} ${data}`);
  };
  peer.onicecandidate = ({ candidate }) => {
    if (candidate === null || candidate.candidate === '') return;
    const { sdpMid: sdp_mid, sdpMLineIndex: sdp_mline_index, usernameFragment: username_fragment } = candidate;
    scope.toServer({
      AddIceCandidate: { candidate: candidate.candidate, sdp_mid, sdp_mline_index, username_fragment },
    });
  };
  peer.ontrack = ({ track, streams }) => {
    const element = document.querySelector(track.kind) as HTMLMediaElement;
    element.srcObject = streams[0] ?? null;
    void element.play();
  };
  const send = () => {
    const { type, sdp } = peer.localDescription!;
    scope.toServer({ Description: { ty: type, sdp } });
  };
  const early: RTCIceCandidateInit[] = [];
  let isOffering = style !== 'waits';
  let work = Promise.resolve();
  scope.fromServer = (message) => {
    work = work.then(async () => {
      if (message.Description !== undefined) {
        // Glare is resolved in the browser's favour: an offer that crosses its own is ignored.
        if (message.Description.ty === 'offer' && isOffering) return;
        if (message.Description.ty === 'answer') isOffering = false;
        await peer.setRemoteDescription({ type: message.Description.ty, sdp: message.Description.sdp });
        for (const candidate of early.splice(0)) await peer.addIceCandidate(candidate);
        if (message.Description.ty !== 'offer') return;
        await peer.setLocalDescription();
        send();
      } else if (message.AddIceCandidate !== undefined) {
        const { candidate, sdp_mid, sdp_mline_index } = message.AddIceCandidate as unknown as {
          candidate: string;
          sdp_mid: string;
          sdp_mline_index: number;
        };
        const init = { candidate, sdpMid: sdp_mid, sdpMLineIndex: sdp_mline_index };
        if (peer.remoteDescription === null) early.push(init);
        else await peer.addIceCandidate(init);
      }
    });
  };
  if (style === 'waits') return;
  if (style === 'offers media') {
    peer.addTransceiver('video', { direction: 'recvonly' });
    peer.addTransceiver('audio', { direction: 'recvonly' });
  }
  void peer.setLocalDescription().then(send);
}

/** Pages on 127.0.0.1 in the Chromium of all tests, or in a separate one if that needs more arguments. */
export class ChromiumPages {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #closeServer: () => void;

  private constructor(browser: Browser, url: string, closeServer: () => void) {
    this.#browser = browser;
    this.#url = url;
    this.#closeServer = closeServer;
  }

  static async launch(...more: string[]): Promise<ChromiumPages> {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><video muted playsinline></video><audio></audio>');
    });
    const browser = await launchChromium(...more);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new ChromiumPages(browser, `http://127.0.0.1:${port}/`, () => server.close());
  }

  /** A page that negotiates in this style; `signal` receives what it sends. */
  async open(style: Style, signal: (message: Negotiation) => void): Promise<ChromiumPage> {
    const page = await this.#browser.newPage();
    await page.goto(this.#url);
    // Pages may play sound once someone has clicked on them.
    await page.mouse.click(1, 1);
    await page.exposeFunction('toServer', signal);
    return new ChromiumPage(page, style);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#closeServer();
  }
}

export class ChromiumPage {
  readonly page: Page;
  readonly #style: Style;
  readonly #started = Promise.withResolvers<void>();

  constructor(page: Page, style: Style) {
    this.page = page;
    this.#style = style;
  }

  async start(): Promise<void> {
    await this.page.evaluate(pageMain, this.#style);
    this.#started.resolve();
  }

  /** Passes on a signal of the viewer's engine, once the page has started. */
  receive(message: ServerSignal): void {
    if (typeof message !== 'object' || !('Signaling' in message)) return;
    // A page closed meanwhile needs no more signals.
    this.#started.promise
      .then(() => this.page.evaluate((signal) => Reflect.get(globalThis, 'fromServer')(signal), message.Signaling))
      .catch(() => {});
  }

  /** Resolves when the picture has advanced by this many frames. */
  async frames(count: number): Promise<void> {
    await this.page.evaluate(
      (frames) =>
        new Promise<void>((resolve) => {
          const video = document.querySelector('video')!;
          let left = frames;
          const next = () => (--left <= 0 ? resolve() : video.requestVideoFrameCallback(next));
          video.requestVideoFrameCallback(next);
        }),
      count,
    );
  }
}
