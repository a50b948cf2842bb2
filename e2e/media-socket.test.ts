import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Statistics } from '@moonshare/client';
import { UNKNOWN_MEDIA_VERSION, type ViewerInput } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { launchChromium } from './harness/chromium.ts';
import { FirefoxPage, firefoxPath } from './harness/firefox.ts';
import { type Acknowledged, MediaServer, type MediaViewer } from './harness/media/media-server.ts';
import { surroundSound } from './harness/media/recorded-media.ts';
import { audibleChannels, CHANNEL_HERTZ } from './harness/sound.ts';
import { poll } from './harness/virtual-host.ts';

// The players of media sockets in real browsers, with a real host's recording: with WebCodecs, and without, on a page that came over plain HTTP
// from another machine's address.

const STALL_MS = 500;

let chromium: Browser;
let server: MediaServer;
/** One for all tests: it is slow to start. */
let firefox: FirefoxPage | undefined;

before(async () => {
  [chromium, server] = await Promise.all([launchChromium(), MediaServer.start()]);
});
after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.stop();
});

/** A page with a player, in one of the browsers. */
interface Tab {
  /** What the expression, or its promise, evaluates to: a JSON text. */
  evaluate(expression: string): Promise<string>;
  /** What lets a page play sound. */
  gesture(): Promise<void>;
  hide(isHidden: boolean): Promise<void>;
  close(): Promise<void>;
}

async function chromiumTab(browser: Browser, url: string): Promise<Tab> {
  const tab = await browser.newPage();
  await tab.goto(url);
  return {
    evaluate: (expression) => tab.evaluate(expression),
    gesture: () => tab.locator('body').click(),
    // Headless, it never hides a tab.
    hide: (isHidden) => tab.evaluate(`page.hide(${isHidden})`),
    close: () => tab.close(),
  };
}

const BROWSERS: Record<string, (url: string) => Promise<Tab>> = {
  Chromium: (url) => chromiumTab(chromium, url),
  Firefox: async (url) => {
    const path = firefoxPath();
    assert.ok(path !== null, 'Firefox is missing: run "apt install firefox-esr", or set FIREFOX_PATH to its path.');
    const tab = firefox ?? (await FirefoxPage.open(path, 'about:blank'));
    firefox = tab;
    await tab.goto(url);
    return {
      evaluate: (expression) => tab.evaluate(expression),
      gesture: () => tab.keys('+a', '-a'),
      hide: (isHidden) => tab.hide(isHidden),
      close: () => tab.goto('about:blank'),
    };
  },
};

/** Whether the page is a secure context decides which player it has. */
type Context = 'secure' | 'insecure';

class PlayerPage {
  readonly #tab: Tab;
  readonly viewer: MediaViewer;

  private constructor(tab: Tab, viewer: MediaViewer) {
    this.#tab = tab;
    this.viewer = viewer;
  }

  static open(browser: string, context: Context = 'secure', hello?: Uint8Array): Promise<PlayerPage> {
    return PlayerPage.openBy(BROWSERS[browser]!, context, hello);
  }

  static async openBy(open: (url: string) => Promise<Tab>, context: Context, hello?: Uint8Array): Promise<PlayerPage> {
    const joined = server.nextViewer(hello);
    const tab = await open(context === 'secure' ? server.url : server.insecureUrl);
    return new PlayerPage(tab, await joined);
  }

  /** Waits for this many different pictures. `differences`: of each from the one before, the first from black, 0..255. */
  async pictures(count: number): Promise<{ differences: number[]; width: number; height: number }> {
    return JSON.parse(await this.#tab.evaluate(`page.pictures(${count})`));
  }

  /** Waits until the sound is this loud, 0..1. */
  async hears(least: number): Promise<void> {
    await this.#tab.gesture();
    await this.#tab.evaluate(`page.loudness(${least})`);
  }

  /** For each channel of the sound, the channels of the host whose notes are heard in it. */
  async channels(count: number): Promise<number[][]> {
    const notes: number[][] = JSON.parse(
      await this.#tab.evaluate(`page.notes(${count}, ${JSON.stringify(CHANNEL_HERTZ.slice(0, count))})`),
    );
    return notes.map((channel) => audibleChannels(channel));
  }

  async statistics(): Promise<Statistics> {
    return JSON.parse(await this.#tab.evaluate('page.statistics()'));
  }

  player(): Promise<string> {
    return this.#tab.evaluate('page.player()');
  }

  /** Resolves once the page knows. */
  async hide(isHidden: boolean): Promise<void> {
    await this.#tab.hide(isHidden);
    const look = () => this.#tab.evaluate('String(document.hidden)');
    await poll(`hidden: ${isHidden}`, look, (said) => said === String(isHidden));
  }

  /** What a media source holds of the picture, and what of it is shown, seconds; null: nothing. */
  async held(): Promise<{ start: number; at: number; end: number } | null> {
    return JSON.parse(await this.#tab.evaluate('page.held()'));
  }

  send(event: ViewerInput): Promise<unknown> {
    return this.#tab.evaluate(`page.send(${JSON.stringify(event)}); ''`);
  }

  /** Nothing else runs in the page for this many ms. */
  block(ms: number): Promise<unknown> {
    return this.#tab.evaluate(`{ const end = performance.now() + ${ms}; while (performance.now() < end); ''; }`);
  }

  /** Waits until this has happened. */
  until(what: string): Promise<string[]> {
    const happened = async (): Promise<string[]> => JSON.parse(await this.#tab.evaluate('page.happened()'));
    return poll(what, happened, (all) => all.includes(what));
  }

  close(): Promise<void> {
    return this.#tab.close();
  }
}

const PLAYERS = Object.keys(BROWSERS).flatMap((browser) => [
  { browser, context: 'secure' as const },
  { browser, context: 'insecure' as const },
]);

for (const { browser, context } of PLAYERS)
  describe(`${browser}, ${context === 'secure' ? 'WebCodecs' : 'plain HTTP'}`, () => {
    let page: PlayerPage;
    before(async () => {
      page = await PlayerPage.open(browser, context);
      assert.equal(await page.player(), context === 'secure' ? 'webCodecs' : 'mediaSource');
    });
    after(() => page?.close());

    test('the picture moves, the sound is heard, and both are counted', async () => {
      const { differences, width, height } = await page.pictures(30);
      assert.deepEqual([width, height], [1280, 720]);
      assert.ok(differences[0]! > 5, 'the picture is black');
      await page.hears(0.01);
      await page.statistics();
      await page.pictures(30);
      const statistics = await page.statistics();
      assert.deepEqual(
        [statistics.codec, statistics.width, statistics.height, statistics.channels],
        ['H264', 1280, 720, 2],
      );
      assert.equal(statistics.roundTripMs, 12);
      assert.ok(statistics.bitrate! > 0 && statistics.framesPerSecond! > 0 && statistics.audioBytes > 0);
    });

    // What MP4 says of each layout is looked at in mp4.test.ts.
    for (const channels of context === 'secure' ? ([6, 8] as const) : ([6] as const))
      test(`sound of ${channels} channels is heard with each channel in place`, async () => {
        page.viewer.play(await surroundSound(channels));
        const wanted = Array.from({ length: channels }, (_, channel) => [channel]);
        await poll(
          `${channels} channels`,
          () => page.channels(channels),
          (heard) => JSON.stringify(heard) === JSON.stringify(wanted),
        );
      });

    test('frames are acknowledged when they arrive, and when they are shown', async () => {
      const [first] = await once(page.viewer, 'acknowledgement');
      for (;;) {
        const [next] = await once(page.viewer, 'acknowledgement');
        if (next.shown !== first.shown && next.received !== first.received) break;
      }
    });

    // Not in Firefox: the sockets of workers go through the page's thread there. A media source is the page's.
    if (browser === 'Chromium' && context === 'secure')
      test('a page that is busy holds up no acknowledgement', async () => {
        const received = new Set<number>();
        const note = (acknowledged: Acknowledged) => received.add(acknowledged.received);
        page.viewer.on('acknowledgement', note);
        await page.block(1000);
        page.viewer.off('acknowledgement', note);
        // One may have been on its way before, and another may come in the moment after.
        assert.ok(received.size > 2, `${received.size} acknowledgements`);
      });

    // What both players have in common.
    if (context === 'secure')
      test('input arrives in order, and so does what is sent back', async () => {
        const key = (down: boolean): ViewerInput => ({ kind: 'key', down, modifiers: 0, virtualKey: 65 });
        const pad: ViewerInput = { kind: 'controllerAdd', id: 11, supportedButtons: 0xffff, capabilities: 1 };
        const arrived: unknown[] = [];
        page.viewer.on('input', (input) => arrived.push(input));
        for (const event of [key(true), pad, key(false)]) {
          const input = once(page.viewer, 'input');
          await page.send(event);
          await input;
        }
        assert.deepEqual(arrived, [key(true), pad, key(false)]);
        page.viewer.feedback({ kind: 'rumble', id: 11, low: 1, high: 2 });
        page.viewer.general({ ConnectionStatusUpdate: { status: 'Poor' } });
        await page.until('rumble 11');
        await page.until('{"ConnectionStatusUpdate":{"status":"Poor"}}');
      });

    test('a decoder that fails is replaced, and the picture goes on with the next key frame', async () => {
      const asked = once(page.viewer, 'keyFrameNeeded');
      // Parameter sets and a picture of nonsense.
      page.viewer.change = (frame, isKey) => (isKey ? Buffer.alloc(frame.length, 0x41) : frame);
      page.viewer.resume();
      const [reason] = await asked;
      // Firefox keeps some frames back, and on a busy machine those from before the pause count as stuck first.
      const isLate = browser === 'Firefox' && reason === 'decoderReplaced';
      assert.ok(reason === 'decoderError' || isLate, reason);
      page.viewer.change = (frame) => frame;
      await page.pictures(30);
    });

    test('a decoder that is given frames and shows nothing is replaced', async () => {
      const asked = once(page.viewer, 'keyFrameNeeded');
      // An access unit delimiter and nothing else.
      page.viewer.change = (frame, isKey) => (isKey ? frame : Buffer.from('0000000109f0', 'hex'));
      const [reason] = await asked;
      // A media source may first fall behind, which only a key frame helps.
      const reasons = context === 'secure' ? ['decoderReplaced', 'decoderError'] : ['decoderReplaced', 'nothingShown'];
      assert.ok(reasons.includes(reason), reason);
      page.viewer.change = (frame) => frame;
      await page.pictures(30);
    });

    test('after a gap nothing is shown until a key frame', async () => {
      const asked = once(page.viewer, 'keyFrameNeeded');
      // Every second one, since no key frame is missed where one follows the gap.
      let isLeftOut = false;
      page.viewer.change = (frame, isKey) => {
        isLeftOut = !isKey && !isLeftOut;
        return isLeftOut ? null : frame;
      };
      const [reason] = await asked;
      assert.equal(reason, 'nothingShown');
      page.viewer.change = (frame) => frame;
      await page.pictures(30);
    });

    test('a stall ends with the next frame, which is acknowledged at once', async () => {
      page.viewer.pause();
      // What is under way is acknowledged by then; there is no event for the absence of a message.
      await delay(STALL_MS);
      const acknowledged = once(page.viewer, 'acknowledgement');
      page.viewer.resume();
      await acknowledged;
      await page.pictures(30);
    });

    if (context === 'insecure')
      test('it is played live, and the browser holds only as much as it needs', async (t) => {
        // From one key frame to the next the recording takes less than three seconds.
        await poll(
          'old frames are removed',
          () => page.held(),
          (held) => held !== null && held.start > 0 && held.end - held.start < 10,
        );
        await page.statistics();
        await page.pictures(60);
        const { jitterBufferMs, decodeMs } = await page.statistics();
        t.diagnostic(`shown ${Math.round(jitterBufferMs! + (decodeMs ?? 0))} ms after it came`);
      });

    if (context === 'insecure')
      test('a page that nobody looks at holds no more, and is live again when somebody does', async () => {
        await page.hide(true);
        const before = await page.held();
        await poll(
          'what was shown is removed',
          () => page.held(),
          (held) => held !== null && held.start > before!.end,
        );
        await page.hide(false);
        await page.pictures(30);
        await poll(
          'live again',
          () => page.held(),
          (held) => held !== null && held.end - held.at < 1,
        );
      });

    test('a socket that is cut is reported once', async () => {
      page.viewer.cut();
      const happened = await page.until('failed MEDIA_LOST');
      assert.equal(happened.filter((what) => what.startsWith('failed')).length, 1);
      assert.deepEqual(happened.slice(0, 3), ['connected', 'ready', 'stream']);
    });
  });

test('a browser that takes no more of a picture gets a new one, which goes on', async (context) => {
  const frugal = await launchChromium('--mse-video-buffer-size-limit-mb=1');
  context.after(() => frugal.close());
  const page = await PlayerPage.openBy((url) => chromiumTab(frugal, url), 'insecure');
  await page.pictures(5);
  // On a busy machine it may fall behind as well, and ask for that reason.
  const replaced = new Promise<void>((resolve) => {
    page.viewer.on('keyFrameNeeded', (reason) => reason === 'decoderError' && resolve());
  });
  // With as much filler data in each frame, less than a second of it is a megabyte.
  const filler = Buffer.from(`000000010c${'ff'.repeat(50_000)}80`, 'hex');
  page.viewer.change = (frame) => Buffer.concat([frame, filler]);
  await page.until('QuotaExceededError');
  await replaced;
  page.viewer.change = (frame) => frame;
  await page.pictures(30);
});

test('a page that does not know the version of the wire format says so and leaves', async () => {
  const page = await PlayerPage.open('Chromium', 'secure', Uint8Array.of(1, 2));
  const [code] = await once(page.viewer, 'closed');
  assert.equal(code, UNKNOWN_MEDIA_VERSION);
  const happened = await page.until('failed SERVER_BAD_REPLY');
  assert.deepEqual(happened, ['failed SERVER_BAD_REPLY']);
  await page.close();
});

test('a streamer that ends the connection says why', async () => {
  const page = await PlayerPage.open('Chromium');
  await page.until('stream');
  page.viewer.end(4401, 'ACCESS_REVOKED');
  await page.until('failed ACCESS_REVOKED');
  await page.close();
});
