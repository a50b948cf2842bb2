import type { Page } from 'playwright-core';

/**
 * Collects what a page reports by itself: thrown errors, console errors, and breaches of the content policy, which Chromium keeps
 * from the console when a script catches them. Refused requests do not count: tests provoke them.
 */
export async function collectFaults(page: Page): Promise<string[]> {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const refused = /Failed to load resource|WebSocket connection to/.test(message.text());
    if (message.type() === 'error' && !refused) faults.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      console.error(`content policy: ${violatedDirective} forbids ${blockedURI} in ${sourceFile}`);
    });
  });
  return faults;
}
