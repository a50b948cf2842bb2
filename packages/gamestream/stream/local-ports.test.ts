import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { localPorts } from './local-ports.ts';

test('one host has the same ports in every session', () => {
  assert.deepEqual(localPorts('192.168.1.5:47989'), localPorts('192.168.1.5:47989'));
  assert.notDeepEqual(localPorts('192.168.1.5:47989'), localPorts('192.168.1.6:47989'));
});

test("the ports are above the system's ephemeral range, audio next to video", () => {
  fc.assert(
    fc.property(fc.string(), (host) => {
      const { video, audio } = localPorts(host);
      assert.ok(video >= 61_000 && audio === video + 1 && audio < 65_536);
    }),
  );
});
