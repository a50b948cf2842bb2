import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { localPorts } from './local-ports.ts';

test('one host has the same ports in every session', () => {
  assert.deepEqual(localPorts('192.168.1.5:47989'), localPorts('192.168.1.5:47989'));
  assert.notDeepEqual(localPorts('192.168.1.5:47989'), localPorts('192.168.1.6:47989'));
});

test('candidates are distinct and are ports', () => {
  fc.assert(
    fc.property(fc.string(), (host) => {
      const ports = localPorts(host).flatMap(({ video, audio }) => [video, audio]);
      assert.equal(new Set(ports).size, 16);
      assert.ok(ports.every((port) => port >= 61_000 && port < 65_536));
    }),
  );
});
