import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encryptionPhrase, encryptionTile } from './host-encryption.ts';

const ALL = { control: true, input: true, video: true, audio: true, older_control: false };

test('the statistics line names what the host sends unencrypted', () => {
  assert.equal(encryptionPhrase(null), null);
  assert.equal(encryptionPhrase(ALL), 'host stream encrypted');
  assert.equal(encryptionPhrase({ ...ALL, video: false }), 'host picture not encrypted');
  assert.equal(encryptionPhrase({ ...ALL, audio: false }), 'host sound not encrypted');
  const none = { ...ALL, video: false, audio: false };
  assert.equal(encryptionPhrase(none), 'host stream not encrypted');
  assert.equal(encryptionPhrase({ ...ALL, older_control: true }), 'host stream encrypted, input only weakly');
});

test('the tile names what the host sends unencrypted', () => {
  assert.equal(encryptionTile(null), null);
  assert.deepEqual(encryptionTile(ALL), { value: 'All', more: '' });
  assert.deepEqual(encryptionTile({ ...ALL, video: false }), { value: 'Part', more: 'not picture' });
  const wolf = { ...ALL, video: false, older_control: true };
  assert.deepEqual(encryptionTile(wolf), { value: 'Part', more: 'not picture, input only weakly' });
});
