import type { TestContext } from 'node:test';
import type { FakeHost } from './fake-hosts.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';

/** A server with host 0 at `box`, paired `pairings` times. */
export async function pairedServer(
  context: TestContext,
  pairings = 1,
  environment: Record<string, string> = {},
  options: TestServerOptions = {},
): Promise<TestServer & { box: FakeHost }> {
  const server = await startTestServer(context, environment, options);
  const box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  box.pin = '';
  for (let i = 0; i < pairings; i++) {
    const { pin, paired } = server.server.hosts.get(0).pair(new AbortController().signal);
    box.pin = pin;
    await paired;
  }
  box.pin = null;
  return { ...server, box };
}
