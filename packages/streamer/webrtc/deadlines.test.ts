import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ServerSignal } from '@moonshare/contract';
import { PacketHistory } from '@moonshare/webrtc';
import { DatachannelConnection } from './datachannel/datachannel-connection.ts';
import { freshAccount } from './testing/fresh-account.ts';
import { FORMAT } from './testing/playback.ts';
import { WebRtcTransport } from './transport.ts';

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const time = { now: 1000 };
  const signals: ServerSignal[] = [];
  const ends: (string | null)[] = [];
  const viewer = new WebRtcTransport(
    {
      stack: {
        tcpError: null,
        can: { transportNumbers: false, rtx: false },
        fingerprint: `sha-256 ${'AA:'.repeat(31)}AA`,
        port: 1,
        createConnection: (id, on) =>
          new DatachannelConnection(
            id,
            { iceServers: [] },
            { port: 1, publicAddress: undefined, anyAddress: true },
            on,
          ),
        close: () => {},
      },
      ssrc: { video: 1, audio: 2, rtx: 3 },
      history: new PacketHistory(),
      floodedAt: Number.NEGATIVE_INFINITY,
      now: () => time.now,
      largePacketsRefused: () => {},
      resendLater: () => {},
    },
    {
      id: 'v',
      acceptsInput: () => true,
      account: freshAccount(),
      events: {
        signal: (message) => signals.push(message),
        opened: () => {},
        connected: () => {},
        input: () => {},
        inputLost: () => {},
        keyFrameNeeded: () => {},
        frameDropped: () => {},
        silent: () => {},
        closed: (error) => ends.push(error?.code ?? null),
      },
    },
  );
  t.after(() => viewer.close(null));
  return { viewer, time, signals, ends };
}

describe('a browser that sends no offer', () => {
  it('gets an offer after half a second, and no second one', (t) => {
    const { viewer, signals } = setUp(t);
    viewer.setFormat(FORMAT);
    t.mock.timers.tick(499);
    assert.equal(signals.length, 0);
    t.mock.timers.tick(1);
    assert.match(JSON.stringify(signals), /"ty":"offer".*m=application.*m=video.*m=audio/);
    t.mock.timers.tick(60_000);
    assert.equal(signals.length, 1);
  });

  it('gets it also after it answered an offer of an earlier process, or sent a description of another type', (t) => {
    const { viewer, signals, ends } = setUp(t);
    for (const ty of ['answer', 'pranswer', 'rollback', 'unspecified'] as const)
      viewer.signal({ Description: { ty, sdp: 'v=0' } });
    t.mock.timers.tick(500);
    assert.match(JSON.stringify(signals), /"ty":"offer"/);
    assert.deepEqual(ends, []);
  });

  it('gets an offer of data channels while the stream is unknown', (t) => {
    const { signals } = setUp(t);
    t.mock.timers.tick(500);
    assert.match(JSON.stringify(signals), /m=application/);
    assert.doesNotMatch(JSON.stringify(signals), /m=video/);
  });

  it('has ten seconds to answer', (t) => {
    const { viewer, time, ends } = setUp(t);
    t.mock.timers.tick(500);
    time.now += 10_000;
    viewer.check();
    assert.deepEqual(ends, []);
    time.now += 1;
    viewer.check();
    viewer.check();
    assert.deepEqual(ends, ['VIEWER_UNREACHABLE']);
  });

  it('gets no offer once it is closed, and closes once', (t) => {
    const { viewer, time, signals, ends } = setUp(t);
    viewer.close(null);
    t.mock.timers.tick(500);
    time.now += 60_000;
    viewer.check();
    assert.deepEqual([signals, ends], [[], [null]]);
  });
});

describe('a browser that cannot be reached', () => {
  it('is closed after twenty seconds', (t) => {
    const { viewer, time, ends } = setUp(t);
    viewer.signal({ AddIceCandidate: { candidate: 'candidate:1 1 udp 1 192.0.2.1 5000 typ host' } });
    time.now += 20_001;
    viewer.check();
    assert.deepEqual(ends, ['VIEWER_UNREACHABLE']);
  });
});
