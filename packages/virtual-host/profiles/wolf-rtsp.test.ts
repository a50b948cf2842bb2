import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildAnnounce, encodeRequest, GameStreamError, type RtspRequest } from '@moonshare/gamestream';
import fc from 'fast-check';
import { RECORDINGS, recordedRtsp, recording } from '../../../fixtures/recordings.ts';
import { OPUS_MODES } from '../encode/opus-modes.ts';
import { SETTINGS } from '../testing/client.ts';
import { readWolfAnnounce, readWolfRequest, WOLF_DESCRIPTION } from './wolf-rtsp.ts';

for (const each of RECORDINGS) {
  test(`${each.name}: Wolf's grammar accepts every request of the real client, and its whole announcement`, () => {
    const requests = recordedRtsp(each, 'client').map((text) => readWolfRequest(Buffer.from(text, 'latin1'))!);
    assert.deepEqual(
      requests.map(({ method }) => method),
      ['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'SETUP', 'ANNOUNCE', 'PLAY'],
    );
    const { body } = requests[5]!;
    assert.match(body, /encoderCscMode:\d \r\nt=0 0\r\nm=video \d+ {2}\r\n$/);
    const { encryption, echoesSessionIds } = readWolfAnnounce(body);
    const audio = /featureFlags:167/.test(body);
    assert.deepEqual([encryption, echoesSessionIds], [{ controlV2: false, video: false, audio }, false]);
  });
}

test('DESCRIBE matches the recording, except for the channel order of 7.1', () => {
  const [describe] = recordedRtsp(recording('wolf-h264-720p60'), 'host').filter((text) => text.includes('sprop'));
  const body = describe!.slice(describe!.indexOf('\r\n\r\n') + 4);
  assert.equal(WOLF_DESCRIPTION.replace(OPUS_MODES[8].digits, '85301423675'), body);
});

function request(change: Partial<RtspRequest> = {}): Buffer {
  return encodeRequest({
    method: 'OPTIONS',
    target: 'rtsp://192.168.1.50:48010',
    headers: [
      ['CSeq', '1'],
      ['Host', '192.168.1.50'],
    ],
    body: '',
    ...change,
  });
}

test('a request outside the grammar is refused', () => {
  assert.equal(readWolfRequest(request())?.method, 'OPTIONS');
  for (const wrong of [
    request({
      headers: [
        ['Host', '192.168.1.50'],
        ['CSeq', '1'],
      ],
    }),
    request({ target: 'rtsp://host.example:48010' }),
    request({ target: 'rtsp://[::1]:48010' }),
    request({
      headers: [
        ['CSeq', '1'],
        ['Host', '[::1]'],
      ],
    }),
    request({
      headers: [
        ['CSeq', '1'],
        ['X', 'a"b'],
      ],
    }),
    Buffer.from('ANNOUNCE / RTSP/1.0\r\nCSeq: 1\r\nContent-length: 2\r\nHost: 1.2.3.4\r\n\r\nab'),
  ]) {
    assert.throws(() => readWolfRequest(wrong), { code: 'MALFORMED' });
  }
});

test('a body must be complete, and its length header spelled as Wolf expects', () => {
  const body = 'v=0\r\n';
  const whole = request({ body });
  assert.equal(readWolfRequest(whole)?.body, body);
  assert.equal(readWolfRequest(whole.subarray(0, -1)), null);
  const misspelled = Buffer.from(whole.toString().replace('Content-length', 'Content-Length'));
  assert.equal(readWolfRequest(misspelled)?.body, '');
});

test('an unknown character cuts off the rest of the body', () => {
  const body = 'v=0\r\na=good:1 \r\na=bad:1,2 \r\na=lost:1 \r\n';
  assert.equal(readWolfRequest(request({ body }))?.body, 'v=0\r\na=good:1 \r\n');
});

test("our client's announcement is read in full", () => {
  const body = buildAnnounce({
    settings: SETTINGS,
    packetSize: 1024,
    sunshine: true,
    peerAddress: '192.168.1.50',
    videoPort: 48100,
    remote: false,
    encryption: 0,
    audioEncrypted: true,
    echoesSessionIds: false,
    highQualityAudio: false,
  });
  assert.equal(readWolfRequest(request({ body }))?.body, body);
  assert.equal(readWolfAnnounce(body).encryption.audio, true);
});

test('only size and frame rate are required; sound is encrypted unless turned off', () => {
  const least =
    'a=x-nv-video[0].clientViewportWd:640\r\na=x-nv-video[0].clientViewportHt:360\r\na=x-nv-video[0].maxFPS:30';
  const { packetSize, bitrateKbps, audioChannels, encryption } = readWolfAnnounce(least);
  assert.deepEqual([packetSize, bitrateKbps, audioChannels, encryption.audio], [1024, 15500, 2, true]);
  assert.equal(readWolfAnnounce(`${least}\r\na=x-nv-general.featureFlags:135`).encryption.audio, false);
  assert.throws(() => readWolfAnnounce('a=x-nv-video[0].maxFPS:30'), { code: 'MALFORMED' });
});

test('any bytes are parsed or throw MALFORMED', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.constantFrom('ANNOUNCE / RTSP/1.0', 'CSeq: 1', 'Content-length: 99999', '\r\n\r\n'),
  );
  fc.assert(
    fc.property(fc.array(texts), (lines) => {
      for (const read of [
        () => readWolfRequest(Buffer.from(lines.join('\r\n'))),
        () => readWolfAnnounce(lines.join()),
      ]) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof GameStreamError && error.code === 'MALFORMED');
        }
      }
    }),
  );
});
