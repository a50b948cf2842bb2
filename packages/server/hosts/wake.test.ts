import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { wakeOnLanPacket, wakeOnLanPorts } from '@moonshare/gamestream';
import { wake } from './wake.ts';

const MAC = 'a1:b2:c3:d4:e5:f6';

test('the wake-up packet is sent to where the host was last seen', async (context) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  context.after(() => socket.close());
  await once(socket, 'listening');
  const { port } = socket.address();
  const httpPort = port - 9;
  assert.ok(wakeOnLanPorts(httpPort).includes(port));
  const heard = once(socket, 'message');
  await wake(MAC, { address: '127.0.0.1', httpPort });
  assert.deepEqual((await heard)[0], wakeOnLanPacket(MAC));
});
