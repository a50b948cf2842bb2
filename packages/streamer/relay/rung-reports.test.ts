import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FromStreamer } from '@moonshare/contract';
import pino from 'pino';
import { Fanout } from '../fanout/fanout.ts';
import type { RungReport } from '../fanout/rung.ts';
import type { Participant } from '../viewer/participant.ts';
import type { ViewerTransport } from '../viewer/transport.ts';
import { RungReports } from './rung-reports.ts';

const FULL: RungReport = { rung: 'full', cause: null, networkKbps: null, streamKbps: null };
const REDUCED: RungReport = { rung: 'reduced', cause: 'network', networkKbps: 1_000, streamKbps: 10_000 };
const key = { keyFrame: true, data: Buffer.alloc(10_000) };

/** A viewer with two transports, of which WebRTC carries the picture and is too slow. */
function setUp(t: TestContext) {
  const [webrtc, websocket] = ['webrtc', 'websocket'].map((kind) => ({ kind })) as unknown as ViewerTransport[];
  const fanout = new Fanout<ViewerTransport>();
  for (const transport of [webrtc!, websocket!]) fanout.join(transport);
  fanout.due(key, 0);
  for (let now = 500; now <= 5_500; now += 500) {
    fanout.measured(10_000, (transport) => (transport === webrtc ? 1_000 : null), now);
    fanout.advance(now);
  }
  const viewer = { id: 'p', carrier: webrtc ?? null };
  const sent: (FromStreamer & { type: 'peerRung' })[] = [];
  const reports = new RungReports({
    fanout,
    measured: () => {},
    send: (message) => sent.push(message),
    log: pino({ level: 'silent' }),
  });
  t.after(() => reports.close());
  const told = () => sent.splice(0).map(({ peerId, rung, networkKbps }) => [peerId, rung, networkKbps]);
  return { reports, viewer, participant: viewer as Participant, webrtc: webrtc!, websocket: websocket!, told };
}

test('a viewer is told of the rung of the transport that carries its picture, not of the other', (t) => {
  const { reports, participant, webrtc, websocket, told } = setUp(t);
  reports.changed(participant, websocket, REDUCED);
  assert.deepEqual(told(), []);
  reports.changed(participant, webrtc, REDUCED);
  assert.deepEqual(told(), [['p', 'reduced', 1_000]]);
  reports.changed(participant, webrtc, REDUCED);
  assert.deepEqual([told(), reports.rung(participant)], [[], 'reduced']);
});

test('when another transport carries its picture, it is told of that rung if it differs', (t) => {
  const { reports, viewer, participant, webrtc, websocket, told } = setUp(t);
  reports.changed(participant, webrtc, REDUCED);
  viewer.carrier = websocket;
  reports.carried(participant);
  assert.deepEqual(told(), [
    ['p', 'reduced', 1_000],
    ['p', 'full', null],
  ]);
  assert.equal(reports.rung(participant), 'full');
  viewer.carrier = webrtc;
  reports.carried(participant);
  reports.carried(participant);
  assert.deepEqual(told(), [['p', 'reduced', 1_000]]);
  viewer.carrier = null;
  reports.carried(participant);
  assert.deepEqual([told(), reports.rung(participant)], [[], 'full']);
});

test('a viewer that left is told again when it returns', (t) => {
  const { reports, participant, webrtc, told } = setUp(t);
  reports.changed(participant, webrtc, REDUCED);
  reports.left(participant);
  reports.changed(participant, webrtc, FULL);
  assert.deepEqual(told(), [['p', 'reduced', 1_000]]);
  reports.changed(participant, webrtc, REDUCED);
  assert.deepEqual(told(), [['p', 'reduced', 1_000]]);
});
