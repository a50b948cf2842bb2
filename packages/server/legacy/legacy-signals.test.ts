import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ErrorCode,
  type HostState,
  MoonshareError,
  type Negotiation,
  type ServerSignal,
} from '@moonshare/contract';
import { FAKE_ENCRYPTION } from '../testing/fake-encryption.ts';
import { LegacySignals } from './legacy-signals.ts';

const iceServers = [{ urls: ['stun:a:3478'], username: '', credential: '' }];
const app = { app_id: 1, title: 'Desktop', is_hdr_supported: false };
const step: HostState = { state: 'connecting', stage: 'rtspHandshake' };
const streaming: HostState = {
  state: 'streaming',
  encryption: FAKE_ENCRYPTION,
  format: { width: 1280, height: 720, touch: true },
};
const starting: ServerSignal = { StageStarting: { stage: 'RTSP handshake' } };
const done: ServerSignal = { StageComplete: { stage: 'RTSP handshake' } };
const complete: ServerSignal = { ConnectionComplete: { capabilities: { touch: true }, width: 1280, height: 720 } };
const answer: Negotiation = { Description: { ty: 'answer', sdp: 'v=0' } };
const media: Negotiation = { Description: { ty: 'offer', sdp: 'm=video' } };
const begin: ServerSignal[] = [
  { UpdateApp: { app } },
  { StageComplete: { stage: 'Launch Streamer' } },
  { StageStarting: { stage: 'Setup WebRTC Peer' } },
  { WebRtcConfig: { ice_servers: iceServers } },
  { StageComplete: { stage: 'Setup WebRTC Peer' } },
  { StageStarting: { stage: 'WebRTC Peer Negotiation' } },
];

function introduced(host: HostState | null = null): LegacySignals {
  const signals = new LegacySignals();
  signals.introduced({ iceServers, app, host });
  return signals;
}

test('the peer is set up first, whatever the state of the host', () => {
  const signals = new LegacySignals();
  assert.deepEqual(signals.host(null, step), []);
  assert.deepEqual(signals.introduced({ iceServers, app, host: step }), begin);
});

test("the host's stages wait for the peer connection, descriptions do not", () => {
  const signals = introduced();
  assert.deepEqual([...signals.host(null, step), ...signals.host(step, streaming)], []);
  assert.deepEqual(signals.negotiation(answer), [{ Signaling: answer }]);
  assert.deepEqual(signals.opened(), [starting, done, complete]);
  assert.deepEqual(signals.host(streaming, step), [starting]);
});

test("the offer with media comes after the host's last step", () => {
  const signals = introduced();
  signals.opened();
  const sent = [
    ...signals.host(null, step),
    ...signals.negotiation(media),
    ...signals.host(step, streaming),
    ...signals.negotiation(media),
  ];
  assert.deepEqual(sent, [starting, done, complete, { Signaling: media }, { Signaling: media }]);
  // A peer that waits for an offer gets one even before there is a host.
  assert.deepEqual(introduced().negotiation(media), [{ Signaling: media }]);
});

test('before the peer is set up, an error is a single word', () => {
  for (const [code, word] of [
    ['HOST_NOT_FOUND', 'HostNotFound'],
    ['HOST_NOT_PAIRED', 'HostNotPaired'],
    ['APP_NOT_FOUND', 'AppNotFound'],
    ['HOST_BUSY', 'AlreadyStreaming'],
    ['STREAMER_EXISTS', 'AlreadyStreaming'],
    ['HOST_UNREACHABLE', 'InternalServerError'],
    ['INTERNAL', 'InternalServerError'],
  ] satisfies [ErrorCode, string][]) {
    const signals = new LegacySignals();
    assert.deepEqual([...signals.terminated(-1), ...signals.disconnected()], []);
    assert.deepEqual(signals.closed(new MoonshareError(code)), [word]);
  }
});

test('later, a failure of the host is an end, sent after the held stages', () => {
  const signals = introduced(step);
  assert.deepEqual(signals.terminated(-1), [starting, { ConnectionTerminated: { error_code: -1 } }]);
  assert.deepEqual(signals.closed(new MoonshareError('TERMINATED')), []);
});

test('a host that turns out to be busy is reported as such, unless the stream was already up', () => {
  const busy = new MoonshareError('HOST_BUSY');
  assert.deepEqual(introduced().closed(busy), ['AlreadyStreaming']);
  const up = introduced();
  up.host(step, streaming);
  assert.deepEqual(up.closed(busy), []);
  assert.deepEqual(introduced(streaming).closed(busy), []);
});

test('a worker that replaces a dead one sets up the peer again', () => {
  const signals = introduced();
  signals.opened();
  signals.host(null, step);
  assert.deepEqual(signals.introduced({ iceServers, app, host: null }), begin);
  assert.deepEqual(signals.host(null, step), []);
  assert.deepEqual(signals.opened(), [starting]);
});

test('what was broadcast before this peer was introduced is not sent twice', () => {
  const signals = new LegacySignals();
  signals.host(null, step);
  signals.introduced({ iceServers, app, host: step });
  signals.host(step, streaming);
  assert.deepEqual(signals.opened(), [starting, done, complete]);
});

test('the number of held messages is bounded', () => {
  const signals = introduced();
  for (let i = 0; i < 1000; i++) signals.host(null, step);
  assert.equal(signals.opened().length, 64);
});
