import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { askForStereo } from './sdp.ts';

const SDP = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  '',
].join('\r\n');

test('stereo is added to Opus alone', () => {
  const munged = askForStereo(SDP);
  assert.match(munged, /a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n/);
  assert.match(munged, /a=fmtp:63 111\/111\r\n/);
  assert.equal(munged.length, SDP.length + ';stereo=1'.length);
});

test('what already asks, or is no SDP, stays as it is', () => {
  const munged = askForStereo(SDP);
  assert.equal(askForStereo(munged), munged);
  fc.assert(fc.property(fc.string(), (text) => askForStereo(text) === text));
});
