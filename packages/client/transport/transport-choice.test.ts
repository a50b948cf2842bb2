import assert from 'node:assert/strict';
import test from 'node:test';
import { usableTransports } from './transport-choice.ts';

const hasWebRtc = true;

test('a server that says nothing of a media socket is reached over WebRTC only, whatever the page wants', () => {
  for (const choice of ['auto', 'webrtc', 'websocket'] as const)
    assert.deepEqual(usableTransports({ choice, offer: null, hasWebRtc }), ['webrtc']);
});

test('the page chooses, unless the server does', () => {
  const usable = (choice: 'auto' | 'webrtc' | 'websocket', offer: 'auto' | 'webrtc' | 'websocket') =>
    usableTransports({ choice, offer, hasWebRtc });
  assert.deepEqual(usable('auto', 'auto'), ['webrtc', 'websocket']);
  assert.deepEqual(usable('websocket', 'auto'), ['websocket']);
  assert.deepEqual(usable('webrtc', 'auto'), ['webrtc']);
  assert.deepEqual(usable('webrtc', 'websocket'), ['websocket']);
  assert.deepEqual(usable('websocket', 'webrtc'), ['webrtc']);
});

test('a browser without WebRTC uses the WebSocket where it may', () => {
  assert.deepEqual(usableTransports({ choice: 'auto', offer: 'auto', hasWebRtc: false }), ['websocket']);
  assert.deepEqual(usableTransports({ choice: 'webrtc', offer: 'auto', hasWebRtc: false }), []);
  assert.deepEqual(usableTransports({ choice: 'auto', offer: null, hasWebRtc: false }), []);
});
