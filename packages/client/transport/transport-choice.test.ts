import assert from 'node:assert/strict';
import test from 'node:test';
import { usableTransports } from './transport-choice.ts';

const supported = ['webrtc', 'websocket'] as const;

test('a server that says nothing of a media socket is reached over WebRTC only, whatever the page wants', () => {
  for (const choice of ['auto', 'webrtc', 'websocket'] as const)
    assert.deepEqual(usableTransports({ choice, offer: null, supported }), ['webrtc']);
});

test('the page chooses, unless the server does', () => {
  const usable = (choice: 'auto' | 'webrtc' | 'websocket', offer: 'auto' | 'webrtc' | 'websocket') =>
    usableTransports({ choice, offer, supported });
  assert.deepEqual(usable('auto', 'auto'), ['webrtc', 'websocket']);
  assert.deepEqual(usable('websocket', 'auto'), ['websocket']);
  assert.deepEqual(usable('webrtc', 'auto'), ['webrtc']);
  assert.deepEqual(usable('webrtc', 'websocket'), ['websocket']);
  assert.deepEqual(usable('websocket', 'webrtc'), ['webrtc']);
});

test('a browser without WebRTC uses the WebSocket where it may', () => {
  assert.deepEqual(usableTransports({ choice: 'auto', offer: 'auto', supported: ['websocket'] }), ['websocket']);
  assert.deepEqual(usableTransports({ choice: 'webrtc', offer: 'auto', supported: ['websocket'] }), null);
  assert.deepEqual(usableTransports({ choice: 'auto', offer: null, supported: ['websocket'] }), null);
});

test('a browser that cannot play the WebSocket stays on WebRTC', () => {
  assert.deepEqual(usableTransports({ choice: 'auto', offer: 'auto', supported: ['webrtc'] }), ['webrtc']);
  assert.deepEqual(usableTransports({ choice: 'auto', offer: 'websocket', supported: ['webrtc'] }), null);
});
