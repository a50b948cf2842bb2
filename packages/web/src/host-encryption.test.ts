import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encryptionPhrase, encryptionTile } from './host-encryption.ts';

const ALL = { control: true, input: true, video: true, audio: true, older_control: false };

test('what of the host comes in the clear is named in a line', () => {
  assert.equal(encryptionPhrase(null), null);
  assert.equal(encryptionPhrase(ALL), 'encrypted from the host');
  assert.equal(encryptionPhrase({ ...ALL, video: false }), 'picture from the host not encrypted');
  assert.equal(encryptionPhrase({ ...ALL, audio: false }), 'sound from the host not encrypted');
  const none = { ...ALL, video: false, audio: false };
  assert.equal(encryptionPhrase(none), 'picture and sound from the host not encrypted');
  assert.equal(encryptionPhrase({ ...ALL, older_control: true }), 'encrypted from the host, input weakly');
});

test('and on a tile', () => {
  assert.equal(encryptionTile(null), null);
  assert.deepEqual(encryptionTile(ALL), { value: 'All', more: '' });
  assert.deepEqual(encryptionTile({ ...ALL, video: false }), { value: 'Part', more: 'not picture' });
  const wolf = { ...ALL, video: false, older_control: true };
  assert.deepEqual(encryptionTile(wolf), { value: 'Part', more: 'not picture, input weakly' });
});
