import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { askForStereo, SurroundOffers, takesSurround, withoutSurround } from './audio-sdp.ts';

const SDP = [
  'v=0',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=rtpmap:96 VP8/90000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63',
  'a=rtpmap:111 opus/48000/2',
  'a=rtpmap:63 red/48000/2',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:2',
  '',
].join('\r\n');

test('each layout that hosts use gets its own payload type, unused in the rest of the offer', () => {
  const [before, video, audio, application] = new SurroundOffers().addTo(SDP).split(/(?=^m=)/m);
  assert.deepEqual([before, video, application].join(''), SDP.replace(/m=audio[\s\S]*(?=m=application)/, ''));
  const payloadTypes = /^m=audio 9 UDP\/TLS\/RTP\/SAVPF (.*)\r$/m.exec(audio!)![1]!.split(' ').map(Number);
  assert.deepEqual(payloadTypes, [111, 63, 97, 98, 99, 100, 101, 102, 103, 104]);
  assert.ok(audio!.includes('\r\na=rtpmap:97 multiopus/48000/6\r\n'));
  assert.ok(audio!.includes('\r\na=fmtp:99 channel_mapping=0,1,4,5,2,3;num_streams=4;coupled_streams=2\r\n'));
  assert.ok(audio!.includes('\r\na=rtpmap:104 multiopus/48000/8\r\n'));
  assert.ok(!/\r\n\r\n|[^\r]\n/.test(audio!));
});

test('an offer without sound is unchanged', () => {
  const silent = SDP.replace('m=audio', 'm=text');
  assert.equal(new SurroundOffers().addTo(silent), silent);
});

test('the next offer has the same payload types, whatever Chromium has made of the codec meanwhile', () => {
  const offers = new SurroundOffers();
  const first = offers.addTo(SDP);
  const again = SDP.replace('m=audio 9 UDP/TLS/RTP/SAVPF 111 63', 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 105 98').replace(
    'a=rtpmap:63 red/48000/2\r\n',
    'a=rtpmap:63 red/48000/2\r\na=rtpmap:105 multiopus/48000/6\r\na=fmtp:105 channel_mapping=0,1,2,3,4,5\r\na=rtcp-fb:98 transport-cc\r\na=rtpmap:98 multiopus/48000/8\r\n',
  );
  assert.equal(offers.addTo(again), first);
  assert.equal(withoutSurround(again), SDP);
  assert.equal(withoutSurround(first), SDP);
});

test('Chromium-based browsers accept surround, Firefox and Safari do not', () => {
  const kin = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
  assert.equal(takesSurround(kin), true);
  assert.equal(takesSurround(kin.replace('Chrome', 'HeadlessChrome')), true);
  assert.equal(takesSurround('Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0'), false);
  assert.equal(
    takesSurround(
      'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile/15E148 Safari/604.1',
    ),
    false,
  );
});

const OPUS = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  '',
].join('\r\n');

test('stereo is added to Opus only', () => {
  const munged = askForStereo(OPUS);
  assert.match(munged, /a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n/);
  assert.match(munged, /a=fmtp:63 111\/111\r\n/);
  assert.equal(munged.length, OPUS.length + ';stereo=1'.length);
});

test('a line that already asks for stereo, or is not SDP, is unchanged', () => {
  const munged = askForStereo(OPUS);
  assert.equal(askForStereo(munged), munged);
  fc.assert(fc.property(fc.string(), (text) => askForStereo(text) === text));
});
