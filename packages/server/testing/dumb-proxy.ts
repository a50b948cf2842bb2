import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * A platform’s proxy: adds its credentials to the first request of each connection and passes every byte on, so that browsers
 * never have them. Returns its URL.
 */
export async function startDumbProxy(context: TestContext, target: string, credentials: string): Promise<string> {
  const server = createServer((browser) => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    browser.on('error', () => upstream.destroy());
    upstream.on('error', () => browser.destroy());
    browser.once('data', (head) => {
      const text = head.toString('latin1');
      const end = text.indexOf('\r\n') + 2;
      upstream.write(`${text.slice(0, end)}Authorization: Bearer ${credentials}\r\n${text.slice(end)}`, 'latin1');
      browser.pipe(upstream);
      upstream.pipe(browser);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
