import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_SIGNAL_BYTES, parseClientSignal, parseServerSignal, type ServerSignal } from './index.ts';

describe("a browser's messages", () => {
  it('are descriptions and candidates, whose IDs may be null or absent', () => {
    const offer = { Signaling: { Description: { ty: 'offer', sdp: 'v=0\r\n' } } };
    assert.deepEqual(parseClientSignal(JSON.stringify(offer)), offer);
    const candidate = {
      candidate: 'candidate:1 1 UDP 1 192.0.2.1 5000 typ host',
      sdp_mid: null,
      sdp_mline_index: null,
      username_fragment: null,
    };
    const message = { Signaling: { AddIceCandidate: candidate } };
    assert.deepEqual(parseClientSignal(JSON.stringify(message)), message);
    const short = { Signaling: { AddIceCandidate: { candidate: '' } } };
    assert.deepEqual(parseClientSignal(JSON.stringify(short)), short);
  });

  it('may log in with stream settings, which are ignored', () => {
    const text = '{"AuthenticateAndInit":{"credentials":"secret","client_unique_id":null,"host_id":0,"fps":60}}';
    const parsed = parseClientSignal(text);
    assert.ok(parsed !== null && 'AuthenticateAndInit' in parsed);
    assert.equal(parsed.AuthenticateAndInit.credentials, 'secret');
  });

  it('may ask whether the server is still there', () => {
    assert.deepEqual(parseClientSignal('{"StillThere":{}}'), { StillThere: {} });
  });

  it('may ask for a media ticket, restart WebRTC and choose a transport', () => {
    for (const message of [
      { GetMediaTicket: {} },
      { RestartWebRtc: {} },
      { UseTransport: { transport: 'websocket' } },
      { UseTransport: { transport: 'webrtc' } },
    ])
      assert.deepEqual(parseClientSignal(JSON.stringify(message)), message);
  });

  it('are parsed as null if unknown, malformed or too long, and never throw', () => {
    for (const text of [
      '',
      '{',
      'null',
      '"PeerDisconnect"',
      '{"Ping":{}}',
      '{"Signaling":null}',
      '{"UseTransport":{"transport":"auto"}}',
      '{"Signaling":{"Description":{"ty":"shout","sdp":""}}}',
      '{"Signaling":{"Description":{"ty":"offer"}}}',
      '{"Signaling":{"AddIceCandidate":{"candidate":1}}}',
      `{"Signaling":{"AddIceCandidate":{"candidate":"${'a'.repeat(5000)}"}}}`,
      `"${'a'.repeat(MAX_SIGNAL_BYTES)}"`,
      '['.repeat(100_000),
    ])
      assert.equal(parseClientSignal(text), null, text.slice(0, 80));
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseClientSignal(text);
        parseServerSignal(text);
      }),
    );
  });
});

describe("the server's messages", () => {
  const messages: ServerSignal[] = [
    { ResumeToken: { token: 'x' } },
    { StillHere: {} },
    { GamepadPlayers: { players: [{ id: 0, player: 3 }] } },
    { LastFrame: { age_ms: null } },
    { LastFrame: { age_ms: 12.5 } },
    { MediaOptions: { transport: 'auto' } },
    { MediaTicket: { ticket: 'x' } },
    { StreamShare: { rung: 'reduced', cause: 'network', network_kbps: 1_200, stream_kbps: 9_600.5 } },
    { StreamShare: { rung: 'full', cause: null, network_kbps: null, stream_kbps: null } },
    'PeerDisconnect',
    'HostNotPaired',
    { WebRtcConfig: { ice_servers: [{ urls: ['stun:stun.example:3478'], username: '', credential: '' }] } },
    { Signaling: { Description: { ty: 'answer', sdp: 'v=0\r\n' } } },
    { UpdateApp: { app: { app_id: 1, title: 'Desktop', is_hdr_supported: false } } },
    { StageStarting: { stage: 'RTSP handshake' } },
    { StageFailed: { stage: 'control', error_code: -1 } },
    { ConnectionComplete: { capabilities: { touch: true }, width: 1280, height: 720 } },
    { ConnectionTerminated: { error_code: -100 } },
    { StreamerState: { status: 'reconnecting', stage: 'rtsp', error: null, viewers: 2 } },
  ];
  for (const message of messages)
    it(`are parsed unchanged: ${JSON.stringify(message).slice(0, 40)}`, () => {
      assert.deepEqual(parseServerSignal(JSON.stringify(message)), message);
    });

  it('are parsed as null if unknown: a newer server must not break an older page', () => {
    assert.equal(parseServerSignal('"Celebrate"'), null);
    assert.equal(parseServerSignal('{"Celebrate":{}}'), null);
  });
});
