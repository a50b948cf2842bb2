import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { it } from 'node:test';
import { loadNative } from '@moonshare/webrtc';
import { NativeStack } from './native-stack.ts';

it('nothing waits for the name of a STUN server', {
  skip: 'reason' in loadNative(),
}, async (t) => {
  const stun = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => stun.close());
  await once(stun, 'listening');
  const { promise, resolve } = Promise.withResolvers<{ address: string; family: number }[]>();
  t.mock.method(dns, 'lookup', () => promise);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const iceServers = [{ urls: [`stun:stun.example:${stun.address().port}`], username: '', credential: '' }];
  const stack = await NativeStack.create({ iceServers, udpPort: 0, maxViewers: 1 });
  assert.ok(stack.port > 0);
  // A server that is gone by then is not asked.
  stack.close();
  resolve([{ address: '127.0.0.1', family: 4 }]);
  await promise;
});

it('a TCP port that is taken is told, and UDP works', { skip: 'reason' in loadNative() }, async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port: udpPort } = other.address() as AddressInfo;
  const stack = await NativeStack.create({ iceServers: [], udpPort, bindAddress: '127.0.0.1', maxViewers: 1 });
  t.after(() => stack.close());
  assert.equal(stack.port, udpPort);
  assert.equal((stack.tcpError as NodeJS.ErrnoException).code, 'EADDRINUSE');
});
