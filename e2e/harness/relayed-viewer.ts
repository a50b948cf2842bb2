import type { TransportKind } from '@moonshare/contract';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import type { Browser } from 'playwright-core';
import { outsideAddress } from './outside-address.ts';
import { mediaThroughRelay, Relay } from './relay.ts';
import { Stack, someUdpPorts } from './stack.ts';
import { ViewerPage } from './viewer-page.ts';

/** What a page has said over its picture, and the states of its connection. */
export interface Seen {
  said: string[];
  states: string[];
}

interface RelayedViewerOptions {
  blocksUdp?: boolean;
  isSecure?: boolean;
  transport?: TransportKind;
  gamepad?: boolean;
  host?: VirtualHostOptions;
}

/** One page at one stream, and between the two a network that can change. */
export class RelayedViewer {
  readonly stack: Stack;
  readonly relay: Relay;
  readonly viewer: ViewerPage;

  private constructor(stack: Stack, relay: Relay, viewer: ViewerPage) {
    this.stack = stack;
    this.relay = relay;
    this.viewer = viewer;
  }

  /** Waits for the page, not for the stream. `isSecure`: whether the page is a secure context. */
  static async start(
    browser: Browser,
    { blocksUdp = false, isSecure = true, host = {}, ...options }: RelayedViewerOptions = {},
  ): Promise<RelayedViewer> {
    const mediaPort = Number(someUdpPorts().split('-')[0]);
    const stack = await Stack.start(host, { environment: { MOONSHARE_UDP_PORTS: `${mediaPort}-${mediaPort}` } });
    let relay: Relay | null = null;
    try {
      await stack.api.createStreamer('relayed');
      const link = await stack.link('relayed');
      relay = await Relay.start(Number(new URL(link).port), mediaPort, isSecure ? undefined : outsideAddress());
      relay.blockUdp(blocksUdp);
      const viewer = await ViewerPage.open(browser, relay.through(link), { before: mediaThroughRelay, ...options });
      return new RelayedViewer(stack, relay, viewer);
    } catch (error) {
      await stack.close();
      await relay?.close();
      throw error;
    }
  }

  /** From now on `seen` and `untilSeen` look at what happens after this. */
  async listen(): Promise<void> {
    await this.viewer.page.evaluate(() => {
      const element = document.querySelector('moonshare-viewer')!;
      const notice = element.shadowRoot!.querySelector<HTMLElement>('.notice')!;
      const seen: Seen = { said: [], states: [] };
      Reflect.set(globalThis, 'seen', seen);
      const look = () => !notice.hidden && seen.said.push(notice.textContent!);
      new MutationObserver(look).observe(notice, { attributes: true, childList: true, subtree: true });
      element.addEventListener('statechange', () => seen.states.push(element.state.kind));
    });
  }

  seen(): Promise<Seen> {
    return this.viewer.page.evaluate(() => Reflect.get(globalThis, 'seen') as Seen);
  }

  /** Waits until the connection has been in the state `first`, and is playing again. */
  async untilBackAfter(first: string): Promise<void> {
    await this.viewer.page.waitForFunction((state) => {
      const { states } = Reflect.get(globalThis, 'seen') as Seen;
      return states.includes(state) && states.at(-1) === 'playing';
    }, first);
    await this.viewer.frames(10);
    await this.viewer.says(/^Live$/);
  }

  async untilCarriedBy(transport: TransportKind): Promise<void> {
    await this.viewer.page.waitForFunction(
      (by) => document.querySelector('moonshare-viewer')?.transport === by,
      transport,
    );
  }

  async close(): Promise<void> {
    await this.viewer.close();
    await this.stack.close();
    await this.relay.close();
  }
}
