import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MoonshareError, type ServerSignal } from '@moonshare/contract';
import { LegacyOrder } from './order.ts';

const config: ServerSignal = { WebRtcConfig: { ice_servers: [] } };
const app: ServerSignal = { UpdateApp: { app: { app_id: 1, title: 'Desktop', is_hdr_supported: false } } };
const starting: ServerSignal = { StageStarting: { stage: 'RTSP handshake' } };
const done: ServerSignal = { StageComplete: { stage: 'RTSP handshake' } };
const complete: ServerSignal = { ConnectionComplete: { capabilities: { touch: true }, width: 1280, height: 720 } };
const answer: ServerSignal = { Signaling: { Description: { ty: 'answer', sdp: 'v=0' } } };
const terminated: ServerSignal = { ConnectionTerminated: { error_code: -1 } };
const begin: ServerSignal[] = [
  app,
  { StageComplete: { stage: 'Launch Streamer' } },
  { StageStarting: { stage: 'Setup WebRTC Peer' } },
  config,
  { StageComplete: { stage: 'Setup WebRTC Peer' } },
  { StageStarting: { stage: 'WebRTC Peer Negotiation' } },
];

function begun(): LegacyOrder {
  const order = new LegacyOrder();
  order.next(config);
  order.next(app);
  return order;
}

test('the peer is set up first, whatever the streamer says first', () => {
  const order = new LegacyOrder();
  assert.deepEqual(order.next(config), []);
  assert.deepEqual(order.next(app), begin);
});

test("the host's stages wait for the peer connection, descriptions do not", () => {
  const order = begun();
  assert.deepEqual(
    [starting, done, complete].flatMap((message) => order.next(message)),
    [],
  );
  assert.deepEqual(order.next(answer), [answer]);
  assert.deepEqual(order.opened(), [starting, done, complete]);
  assert.deepEqual(order.next(starting), [starting]);
});

test("the offer with media comes after the host's last step", () => {
  const order = begun();
  order.opened();
  const media: ServerSignal = { Signaling: { Description: { ty: 'offer', sdp: 'm=video' } } };
  const sent = [starting, media, done, complete, media].flatMap((message) => order.next(message));
  assert.deepEqual(sent, [starting, done, complete, media, media]);
  // A peer that waits for an offer gets one before there is a host at all.
  assert.deepEqual(begun().next(media), [media]);
});

test('before the peer is set up an error is one word', () => {
  for (const [code, word] of [
    ['HOST_NOT_FOUND', 'HostNotFound'],
    ['HOST_NOT_PAIRED', 'HostNotPaired'],
    ['APP_NOT_FOUND', 'AppNotFound'],
    ['HOST_BUSY', 'AlreadyStreaming'],
    ['STREAMER_EXISTS', 'AlreadyStreaming'],
    ['HOST_UNREACHABLE', 'InternalServerError'],
    ['INTERNAL', 'InternalServerError'],
  ] satisfies [ErrorCode, string][]) {
    const order = new LegacyOrder();
    assert.deepEqual(order.next(terminated), []);
    assert.deepEqual(order.ended(new MoonshareError(code)), [word]);
  }
});

test('later the host is told to have failed by its stage, and once that the connection is over', () => {
  const order = begun();
  order.next(starting);
  assert.deepEqual(order.next(terminated), [starting, terminated]);
  assert.deepEqual(order.next({ ConnectionTerminated: { error_code: 7 } }), []);
  assert.deepEqual(order.ended(new MoonshareError('TERMINATED')), []);
});

test('a host that turns out to be taken is said so, unless the stream had come up', () => {
  const busy = new MoonshareError('HOST_BUSY');
  assert.deepEqual(begun().ended(busy), ['AlreadyStreaming']);
  const up = begun();
  up.next(complete);
  assert.deepEqual(up.ended(busy), []);
});

test('a streamer process in the place of a dead one sets the peer up again', () => {
  const order = begun();
  order.opened();
  order.next(config);
  assert.deepEqual(order.next(app), begin);
  assert.deepEqual(order.next(starting), []);
  assert.deepEqual(order.opened(), [starting]);
});

test('what was told to all before the streamer knew this peer is not told twice', () => {
  const order = new LegacyOrder();
  order.next(starting);
  for (const message of [config, app, starting, done]) order.next(message);
  assert.deepEqual(order.opened(), [starting, done]);
});

test('messages for pages of ours are not for old ones', () => {
  const state: ServerSignal = { StreamerState: { status: 'active', stage: null, error: null, viewers: 1 } };
  assert.deepEqual(begun().next(state), []);
});

test('what is held has a bound', () => {
  const order = begun();
  for (let i = 0; i < 1000; i++) order.next(starting);
  assert.equal(order.opened().length, 64);
});
