import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../harness/chromium.ts';
import { FirefoxPage, firefoxPath } from '../harness/firefox.ts';
import type { Way } from './foreign-viewer.ts';
import type { OpenOptions, OpenPage, PeerPages } from './pages.ts';
import { pionProgram } from './pion.ts';
import type { PeerPort } from './port.ts';
import { ProgramPort } from './program.ts';

const PYTHON = '/usr/bin/python3';

export type KnownWay = Required<Pick<Way, 'protocol' | 'family'>>;

/** An implementation of WebRTC that is not ours. */
export interface Kind {
  name: string;
  codec: 'H264' | 'AV1';
  /** Why it cannot be used this way; null: it can. */
  cannot(way: KnownWay): string | null;
  /** What has to be installed for it; null: nothing. */
  missing(): string | null;
  start(pages: PeerPages): Promise<RunningKind>;
}

export interface RunningKind {
  open(): Promise<PeerPort>;
  close(): Promise<void>;
}

const noTcp =
  (why: string) =>
  ({ protocol }: KnownWay) =>
    protocol === 'tcp' ? why : null;
const nothing = () => null;

/** `launch` gives a Chromium that this closes. */
export function chromiumKind(launch: () => Promise<Browser>, options: OpenOptions = {}): Kind {
  return {
    name: 'Chromium',
    codec: 'H264',
    cannot: nothing,
    missing: nothing,
    start: async (pages) => {
      const browser = await launch();
      const open: OpenPage = async (url) => {
        const page = await browser.newPage();
        await page.goto(url);
        return () => page.close();
      };
      return { open: () => pages.open(open, options), close: () => browser.close() };
    },
  };
}

const firefox: Kind = {
  name: 'Firefox',
  // Debian's has no H.264 over WebRTC: its plugin is downloaded.
  codec: 'AV1',
  cannot: nothing,
  missing: () => (firefoxPath() === null ? 'apt install firefox-esr' : null),
  start: async (pages) => {
    const browser = await FirefoxPage.open(firefoxPath()!, 'about:blank');
    const open: OpenPage = async (url) => {
      await browser.goto(url);
      return () => browser.goto('about:blank');
    };
    return { open: () => pages.open(open), close: () => browser.close() };
  },
};

function program(
  name: string,
  {
    cannot,
    missing = nothing,
    command,
  }: Pick<Kind, 'cannot'> & { missing?: Kind['missing']; command(): readonly [string, ...string[]] },
): Kind {
  return {
    name,
    codec: 'H264',
    cannot,
    missing,
    start: async () => {
      const line = command();
      return { open: async () => new ProgramPort(line), close: async () => {} };
    },
  };
}

const file = (name: string) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

const pythonHas = (imports: string) => spawnSync(PYTHON, ['-c', imports], { stdio: 'ignore' }).status === 0;

export const BROWSERS: readonly Kind[] = [chromiumKind(() => launchChromium()), firefox];

/** Those that npm and the tests' own requirements bring. */
export const QUICK: readonly Kind[] = [
  ...BROWSERS,
  program('werift', {
    cannot: noTcp('its ICE has no TCP'),
    command: () => [process.execPath, file('werift.ts')],
  }),
  program('node-datachannel', {
    cannot: noTcp('its ICE (libjuice) has no TCP'),
    command: () => [process.execPath, file('node-datachannel.ts')],
  }),
];

export const ALL: readonly Kind[] = [
  ...QUICK,
  program('Pion', {
    cannot: noTcp('version 3.1.56 of Debian opens no TCP connections for ICE'),
    missing: () => (pionProgram() === null ? 'apt install golang-go golang-github-pion-webrtc.v3-dev' : null),
    command: () => [pionProgram()!],
  }),
  program('aiortc', {
    cannot: noTcp('its ICE (aioice) has no TCP'),
    missing: () => (pythonHas('import aiortc') ? null : 'apt install python3-aiortc'),
    command: () => [PYTHON, file('aiortc_viewer.py')],
  }),
  program('webrtcbin', {
    cannot: nothing,
    missing: () =>
      pythonHas("import gi; gi.require_version('GstWebRTC', '1.0')")
        ? null
        : 'apt install python3-gst-1.0 gir1.2-gst-plugins-bad-1.0 gstreamer1.0-nice gstreamer1.0-plugins-bad gstreamer1.0-libav',
    command: () => [PYTHON, file('webrtcbin_viewer.py')],
  }),
];
