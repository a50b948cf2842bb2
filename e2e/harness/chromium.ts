import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const DISABLED_FEATURES = [
  // Popups of the address bar: each window would load two unused pages for them, which cost more than our page.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'PreloadTopChromeWebUI',
  // A spare process for a page that never comes.
  'SpareRendererForSitePerProcess',
  // The features that Playwright disables: this switch replaces its own.
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
];

export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--mute-audio',
  '--disable-gpu',
  // Headless lets pages play sound at once; people's browsers want a click first.
  '--autoplay-policy=document-user-activation-required',
  `--disable-features=${DISABLED_FEATURES.join()}`,
];

/** Endpoint of a Chromium that all test files share, each in contexts of its own. */
const SHARED = 'TESTS_CHROMIUM';

/** A headless Chromium of the system, which has H.264, unlike playwright's own build. With arguments it is a separate one. */
export async function launchChromium(...more: string[]): Promise<Browser> {
  const shared = process.env[SHARED];
  if (shared !== undefined && more.length === 0) return chromium.connect(shared);
  return chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGUMENTS, ...more] });
}

/** One for all test files that this process starts from now on. */
export async function shareChromium(): Promise<{ close(): Promise<void> }> {
  const server = await chromium.launchServer({
    executablePath: chromiumPath(),
    args: CHROMIUM_ARGUMENTS,
    host: '127.0.0.1',
  });
  process.env[SHARED] = server.wsEndpoint();
  return server;
}

export function chromiumPath(): string {
  const wanted = process.env.CHROMIUM_PATH;
  const executablePath = wanted ?? CANDIDATES.find((path) => existsSync(path));
  if (executablePath === undefined || !existsSync(executablePath)) {
    throw new Error('Chromium is missing: run "apt install chromium", or set CHROMIUM_PATH to its path.');
  }
  return executablePath;
}

/** One person's browser: own storage, own window. */
export function newPerson(browser: Browser, more: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 960, height: 600 }, colorScheme: 'dark', ...more });
}

/** Contexts whose person has left, and where the data of that person are. */
const left = new WeakMap<Browser, { context: BrowserContext; origin: string }[]>();

/** The only page of a person who has been nowhere yet, perhaps in the context of one who has left: a new one takes half a second of CPU. */
export async function newPersonsPage(browser: Browser): Promise<Page> {
  const free = left.get(browser)?.pop();
  if (free === undefined) return (await newPerson(browser)).newPage();
  const page = await free.context.newPage();
  const devTools = await free.context.newCDPSession(page);
  await devTools.send('Storage.clearDataForOrigin', { origin: free.origin, storageTypes: 'all' });
  await Promise.all([devTools.detach(), free.context.clearPermissions(), free.context.clearCookies()]);
  return page;
}

/** Closes the page of `newPersonsPage`, whose person has been at one origin only. */
export async function personLeaves(page: Page): Promise<void> {
  const context = page.context();
  const browser = context.browser();
  const { origin } = new URL(page.url());
  if (browser === null || page.isClosed() || origin === 'null') return context.close();
  await page.close();
  left.set(browser, [...(left.get(browser) ?? []), { context, origin }]);
}
