import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { testSettings } from '../http/fixtures/settings.ts';
import type { StreamSettings } from '../stream/types.ts';
import { parseDescribe } from './describe.ts';
import { RtspHandshake } from './handshake.ts';
import { encodeRequest, encodeResponse, headerValue, parseRequest, parseResponse } from './message.ts';
import { parseAnnounce } from './parse-announce.ts';
import { parseSessionUrl } from './session-url.ts';

/** Dialogues of the real hosts with a real client, of /work/shared/captures. */
const folder = new URL('fixtures/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.rtsp.txt'))
  .map((name) => name.replace('.rtsp.txt', ''));

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

function read(name: string) {
  const text = readFileSync(new URL(`${name}.rtsp.txt`, folder), 'latin1');
  const parts = text.split(/^(?:=====|>>>) (client|host)\b.*\n/m).slice(1);
  const messages: Record<string, Buffer[]> = { client: [], host: [] };
  // A line end follows each message in the file.
  for (let index = 0; index < parts.length; index += 2) {
    messages[parts[index]!]!.push(Buffer.from(parts[index + 1]!.slice(0, -1)));
  }
  const session: Session = JSON.parse(readFileSync(new URL(`${name}.session.json`, folder), 'utf8'));
  return { requests: messages.client!, replies: messages.host!, session };
}

test('there are nine dialogues of seven requests', () => {
  assert.equal(names.length, 9);
  for (const name of names) {
    const { requests, replies } = read(name);
    assert.deepEqual([requests.length, replies.length], [7, 7], name);
  }
});

for (const name of names) {
  const { requests, replies, session } = read(name);
  const wolf = name.startsWith('wolf');

  test(`${name}: each message is read and written to the byte`, () => {
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

  test(`${name}: our handshake sends what the reference client sent, and settles what it settled`, () => {
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
      encryptVideo: session.encryption.video,
      encryptAudio: session.encryption.audio,
    };
    const handshake = new RtspHandshake({
      url: parseSessionUrl('rtsp://0.0.0.0:48010'),
      settings,
      serverInfo: { appVersion: { text: '7.1.431.-1', parts: [7, 1, 431, -1], sunshine: true }, codecModeSupport: 1 },
      peerAddress: '127.0.0.1',
      remote: false,
    });
    for (const [index, reply] of replies.entries()) {
      // The reference client says that it echoes session ids even where there are none.
      const ours = handshake.request().bytes.toString();
      const expected = requests[index]!.toString();
      assert.equal(wolf ? ours.replace('x-ml-general.featureFlags:1', 'x-ml-general.featureFlags:3') : ours, expected);
      handshake.receive(parseResponse(reply)!);
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
    const announcement = parseAnnounce(parseRequest(requests[5]!)!.body);
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

  test(`${name}: the description names the host`, () => {
    const description = parseDescribe(parseResponse(replies[1]!)!.body);
    assert.equal(description.encryption === null, wolf);
    assert.equal(description.opusLines[0], '21101');
    assert.equal(headerValue(parseResponse(replies[2]!)!.headers, 'Session'), 'DEADBEEFCAFE;timeout = 90');
  });
}
