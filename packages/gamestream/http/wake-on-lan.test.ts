import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { GameStreamError } from '../errors.ts';
import { wakeOnLanPacket, wakeOnLanPorts } from './wake-on-lan.ts';

const code = (wanted: string) => (error: unknown) => error instanceof GameStreamError && error.code === wanted;

test('the Wake-on-LAN packet matches the one in protocol/1', () => {
  const packet = wakeOnLanPacket('a1:b2:c3:d4:e5:f6');
  assert.equal(packet.length, 102);
  assert.equal(
    createHash('sha256').update(packet).digest('hex'),
    '983d498c4105684a978380bf0004933c82f8bcbca40208ca1bbf87b9166715c7',
  );
  assert.deepEqual(wakeOnLanPorts(47989), [9, 47009, 47998, 47999, 48000, 48002, 48010]);
  assert.throws(() => wakeOnLanPacket('a1:b2:c3'), code('INVALID_ARGUMENT'));
});
