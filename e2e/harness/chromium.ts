import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const ARGUMENTS = [
  '--no-sandbox',
  '--mute-audio',
  '--disable-gpu',
  // Headless lets pages play sound at once; people's browsers want a click first.
  '--autoplay-policy=document-user-activation-required',
];

/** A headless Chromium of the system. It has H.264, which playwright's own build has not. */
export async function launchChromium(...more: string[]): Promise<Browser> {
  const wanted = process.env.CHROMIUM_PATH;
  const executablePath = wanted ?? CANDIDATES.find((path) => existsSync(path));
  if (executablePath === undefined || !existsSync(executablePath)) {
    throw new Error('Chromium is missing: run "apt install chromium", or set CHROMIUM_PATH to its path.');
  }
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}

/** One person's browser: own storage, own window. */
export function newPerson(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 960, height: 600 }, colorScheme: 'dark' });
}
