import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { childrenOf } from '../../packages/server/testing/processes.ts';
import { type RealServer, realRequest, startRealServer } from '../../packages/server/testing/real-server.ts';
import { CREDENTIALS } from '../../packages/server/testing/test-server.ts';
import { type Image, readImage } from '../../packages/tap/testing/image.ts';

export interface Shot {
  status: number;
  headers: Headers;
  data: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests know its type.
  error: any;
}

export async function shoot(server: Pick<RealServer, 'url'>, id: string, query = '', headers = {}): Promise<Shot> {
  const answer = await fetch(`${server.url}/api/streamers/${id}/screenshot?${query}`, {
    headers: { authorization: `Bearer ${CREDENTIALS}`, ...headers },
  });
  const data = Buffer.from(await answer.arrayBuffer());
  return {
    status: answer.status,
    headers: answer.headers,
    data,
    error: answer.ok ? null : JSON.parse(`${data}` || '{}'),
  };
}

export async function image(shot: Promise<Shot> | Shot): Promise<Image> {
  const { status, data, error } = await shot;
  assert.equal(status, 200, JSON.stringify(error));
  return readImage(data);
}

/** The number that the virtual host draws into each frame, as squares of black and white. */
export function frameNumber({ pixel }: Image): number {
  let number = 0;
  for (let bit = 0; bit < 32; bit += 1) number = (number << 1) | (pixel(16 * bit + 8, 8)[0] > 125 ? 1 : 0);
  return number >>> 0;
}

/** A server with the streamer `a`. */
export async function started(
  context: TestContext,
  request: Record<string, unknown> = {},
  settings: Record<string, string> = {},
): Promise<RealServer> {
  const server = await startRealServer(context, { settings });
  const { status, body } = await server.call('POST', '/api/streamers', { ...realRequest('a'), ...request });
  assert.equal(status, 200, JSON.stringify(body));
  return server;
}

/** The decoder processes of the server in this process. */
export function decoderPids(): number[] {
  return childrenOf(process.pid, 'packages/tap/main.ts');
}
