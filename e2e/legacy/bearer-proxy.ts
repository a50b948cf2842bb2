import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface BearerProxy {
  url: string;
  close(): void;
}

/**
 * A platform's own proxy: replaces the browser's credentials with its own in the first request of each connection, names the
 * server in Host, passes Origin on, and forwards every other byte unchanged.
 */
export async function startBearerProxy(target: string, credentials: string): Promise<BearerProxy> {
  const { port, host } = new URL(target);
  const server = createServer((browser) => {
    const upstream = connect(Number(port), '127.0.0.1');
    browser.on('error', () => upstream.destroy());
    upstream.on('error', () => browser.destroy());
    browser.once('data', (data) => {
      const [line, ...fields] = data.toString('latin1').split('\r\n');
      const kept = fields.filter((field) => !/^(host|authorization|connection: keep-alive)/i.test(field));
      const upgrade = fields.some((field) => /^upgrade:/i.test(field));
      // One request per connection, so that none passes without the credentials.
      const own = [`Host: ${host}`, `Authorization: Bearer ${credentials}`, ...(upgrade ? [] : ['Connection: close'])];
      upstream.write([line, ...own, ...kept].join('\r\n'), 'latin1');
      browser.pipe(upstream);
      upstream.pipe(browser);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
    },
  };
}
