import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORDINGS, readRecordingFile, recordedRtsp } from '../../../fixtures/recordings.ts';
import { testSettings } from '../http/fixtures/settings.ts';
import type { StreamSettings } from '../types.ts';
import { parseDescribe } from './describe.ts';
import { RtspHandshake } from './handshake.ts';
import {
  encodeRequest,
  encodeResponse,
  headerValue,
  parseRequest,
  parseResponse,
  type RtspResponse,
} from './message.ts';
import { parseAnnounce } from './parse-announce.ts';
import { parseSessionUrl } from './session-url.ts';

interface Session {
  codec: StreamSettings['codec'];
  width: number;
  height: number;
  fps: number;
  bitrate_kbps: number;
  packet_size: number;
  ports: { video: number; control: number; audio: number };
  encryption: { control: 'v1' | 'v2'; video: boolean; audio: boolean };
  opus: { channels: 2 | 6 | 8; streams: number; coupled_streams: number; mapping: number[]; samples_per_frame: number };
  ping_payload: string | null;
  connect_data: number | null;
}

for (const recording of RECORDINGS) {
  const name = recording.name;
  const requests = recordedRtsp(recording, 'client').map((text) => Buffer.from(text, 'latin1'));
  const replies = recordedRtsp(recording, 'host').map((text) => Buffer.from(text, 'latin1'));
  const session: Session = JSON.parse(readRecordingFile(recording.folder, 'session.json').toString());
  const wolf = name.startsWith('wolf');
  const url = parseRequest(requests[0]!)!.target;
  const announced = parseRequest(requests[5]!)!.body;
  const [, peerAddress] = / IN IPv4 (\S+)/.exec(announced)!;

  test(`${name}: each message is written as it was read, to the byte`, () => {
    for (const bytes of requests) {
      const request = parseRequest(bytes)!;
      const headers = request.headers.filter(([header]) => header !== 'Content-length');
      assert.equal(encodeRequest({ ...request, headers }).toString(), bytes.toString());
    }
    for (const bytes of replies) {
      const reply = parseResponse(bytes)!;
      assert.equal(reply.code, 200);
      assert.equal(encodeResponse(reply).toString(), bytes.toString());
    }
  });

  test(`${name}: our handshake sends what the reference client sent, with the same outcome`, () => {
    const settings: StreamSettings = {
      ...testSettings,
      width: session.width,
      height: session.height,
      fps: session.fps,
      bitrateKbps: session.bitrate_kbps,
      packetSize: session.packet_size,
      codec: session.codec,
      audioChannels: session.opus.channels,
      audioPacketMs: (session.opus.samples_per_frame / 48) as 5 | 10,
      encrypt: session.encryption.audio ? 'offered' : 'demanded',
    };
    const handshake = new RtspHandshake({
      url: parseSessionUrl(url),
      settings,
      serverInfo: { appVersion: { text: '7.1.431.-1', parts: [7, 1, 431, -1], sunshine: true }, codecModeSupport: 1 },
      peerAddress: peerAddress!,
      remote: /qosTrafficType:0 /.test(announced),
    });
    for (const [index, reply] of replies.entries()) {
      const ours = handshake.request().bytes.toString();
      assert.equal(comparable(ours), comparable(requests[index]!.toString()));
      handshake.receive(asTaken(parseResponse(reply)!, session.encryption));
    }
    const settled = handshake.session!;
    assert.deepEqual(
      [settled.videoPort, settled.controlPort, settled.audioPort],
      [session.ports.video, session.ports.control, session.ports.audio],
    );
    assert.deepEqual(settled.encryption, {
      controlV2: session.encryption.control === 'v2',
      video: session.encryption.video,
      audio: session.encryption.audio,
    });
    assert.equal(settled.pingPayload, session.ping_payload);
    assert.equal(settled.connectData, session.connect_data ?? 0);
    assert.deepEqual(settled.opus, {
      channels: session.opus.channels,
      streams: session.opus.streams,
      coupledStreams: session.opus.coupled_streams,
      mapping: session.opus.mapping,
    });
    assert.equal(settled.packetSize, session.packet_size - (session.encryption.video ? 32 : 0));
    assert.equal(settled.refPicInvalidation, false);
    assert.equal(settled.featureFlags, wolf ? 3 : 2);
  });

  test(`${name}: a host reads the announcement`, () => {
    const announcement = parseAnnounce(announced);
    assert.deepEqual(
      [announcement.width, announcement.height, announcement.fps],
      [session.width, session.height, session.fps],
    );
    assert.equal(announcement.bitrateKbps, session.bitrate_kbps);
    assert.equal(announcement.codec, session.codec);
    assert.equal(announcement.audioChannels, session.opus.channels);
    assert.deepEqual(announcement.encryption, {
      controlV2: session.encryption.control === 'v2',
      video: session.encryption.video,
      audio: session.encryption.audio,
    });
    assert.equal(announcement.echoesSessionIds, true);
  });

  test(`${name}: the description fits the host`, () => {
    const description = parseDescribe(parseResponse(replies[1]!)!.body);
    assert.equal(description.encryption === null, wolf);
    assert.equal(description.opusLines[0], '21101');
    assert.equal(headerValue(parseResponse(replies[2]!)!.headers, 'Session'), 'DEADBEEFCAFE;timeout = 90');
  });
}

/** Without what may differ between clients: whether they echo session ids that are absent, and their display's rate. */
function comparable(request: string): string {
  return request
    .replace(/x-ml-general\.featureFlags:[13] /, 'x-ml-general.featureFlags:3 ')
    .replace(/clientRefreshRateX100:\d+ /, 'clientRefreshRateX100:0 ')
    .replace(/Content-length: \d+/, 'Content-length: 0');
}

/** Where the reference client was set not to encrypt video, the host had offered to. */
function asTaken(reply: RtspResponse, { video }: { video: boolean }): RtspResponse {
  return video ? reply : { ...reply, body: reply.body.replace('encryptionSupported:7', 'encryptionSupported:5') };
}
