import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { ClientSignal, Negotiation, TransportKind, ViewerInput } from '@moonshare/contract/browser';
import type { PictureCounters } from '../picture/freeze-detector.ts';
import { problem } from '../problem.ts';
import type { MediaTransport, MediaTransportEvents } from './media-transport.ts';
import type { UsableTransports } from './transport-choice.ts';
import { UdpMemory } from './udp-memory.ts';
import { ViewerMedia } from './viewer-media.ts';

const OFFER: Negotiation = { Description: { ty: 'offer', sdp: 'v=0' } };
const KEY: ViewerInput = { kind: 'key', down: true, modifiers: 0, virtualKey: 87 };
const BOTH: UsableTransports = ['webrtc', 'websocket'];

/** Does nothing by itself. */
class FakeTransport implements MediaTransport {
  readonly kind: TransportKind;
  readonly events: MediaTransportEvents;
  readonly stream = { getTracks: () => [] } as unknown as MediaStream;
  readonly sent: ViewerInput[] = [];
  readonly received: Negotiation[] = [];
  framesDecoded = 0;
  isClosed = false;

  constructor(kind: TransportKind, events: MediaTransportEvents) {
    this.kind = kind;
    this.events = events;
  }

  /** As far as a picture of which nothing is decoded yet. */
  arrive(): void {
    this.events.connected();
    this.events.ready();
    this.events.stream(this.stream);
  }

  receive(message: Negotiation): void {
    this.received.push(message);
  }

  send(event: ViewerInput): void {
    this.sent.push(event);
  }

  async pictureCounters(): Promise<PictureCounters> {
    const { framesDecoded } = this;
    return { framesDecoded, bytesReceived: 0, framesReceived: framesDecoded, connectionBytes: 0 };
  }

  async statistics(): Promise<never> {
    throw new Error('not asked for here');
  }

  close(): void {
    this.isClosed = true;
  }
}

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let skipped = 0;
  const real = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => real() + skipped);
  const signals: ClientSignal[] = [];
  const shown: unknown[] = [];
  const seen: string[] = [];
  const opened: FakeTransport[] = [];
  const open = (kind: TransportKind, events: MediaTransportEvents): FakeTransport => {
    const transport = new FakeTransport(kind, events);
    opened.push(transport);
    return transport;
  };
  const media: ViewerMedia = new ViewerMedia({
    udp: new UdpMemory(new URL('https://host/'), null),
    factories: {
      prepareWebSocket: () => seen.push('prepared'),
      webrtc: (_iceServers, events) => {
        const transport = open('webrtc', events);
        events.signal(OFFER);
        return transport;
      },
      websocket: (ticket, events) => {
        seen.push(`ticket ${ticket}`);
        return open('websocket', events);
      },
    },
    events: {
      signal: (signal) => signals.push(signal),
      connected: () => seen.push('connected'),
      stream: (stream) => shown.push(stream),
      carried: (by) => seen.push(`carried by ${by}`),
      ready: () => seen.push('ready'),
      feedback: () => seen.push('feedback'),
      general: () => seen.push('general'),
      lost: (why) => {
        seen.push(`lost ${why.code}`);
        media.leave();
      },
    },
  });
  t.after(() => media.close());
  const settle = () => new Promise(setImmediate);
  /** Lets time pass, and what follows from it happen. */
  const pass = async (ms: number): Promise<void> => {
    skipped += ms;
    t.mock.timers.tick(ms);
    await settle();
  };
  return {
    media,
    signals,
    shown,
    seen,
    opened,
    join: (transports = BOTH) => media.join({ iceServers: [], transports, hasMediaSocket: transports.length > 1 }),
    settle,
    pass,
    /** A picture over this transport is decoded. */
    async decode(transport: FakeTransport): Promise<void> {
      await settle();
      transport.framesDecoded = 1;
      await pass(100);
    },
  };
}

/** Joined, carried by the WebSocket, with what happened until then forgotten. */
async function onWebSocket(t: TestContext) {
  const run = setUp(t);
  run.join();
  await run.pass(2000);
  run.media.admit('T');
  const webSocket = run.opened[1]!;
  webSocket.arrive();
  await run.decode(webSocket);
  assert.equal(run.media.carrier, 'websocket');
  for (const list of [run.signals, run.seen]) list.length = 0;
  return { ...run, webRtc: run.opened[0]!, webSocket };
}

test('the first stream is shown before it is decoded, and carries from its first picture on', async (t) => {
  const run = setUp(t);
  run.join();
  const [webRtc] = run.opened;
  webRtc!.arrive();
  await run.settle();
  assert.deepEqual(run.shown, [webRtc!.stream]);
  assert.deepEqual(run.seen, ['connected', 'ready']);
  await run.decode(webRtc!);
  assert.equal(run.seen.at(-1), 'carried by webrtc');
  assert.equal(run.shown.length, 1);
  run.media.send(KEY);
  assert.deepEqual(webRtc!.sent, [KEY]);
  assert.deepEqual(run.signals, [{ Signaling: OFFER }, { UseTransport: { transport: 'webrtc' } }]);
});

test('while the first picture takes its time, it is looked for less and less often', async (t) => {
  const run = setUp(t);
  run.join(['webrtc']);
  const looks = t.mock.method(run.opened[0]!, 'pictureCounters');
  run.opened[0]!.arrive();
  for (let ms = 0; ms < 60_000; ms += 25) await run.pass(25);
  assert.ok(looks.mock.callCount() < 200, `${looks.mock.callCount()} looks`);
  await run.decode(run.opened[0]!);
  await run.pass(500);
  assert.equal(run.media.carrier, 'webrtc');
});

test('a stream that takes the place of the one shown is shown at once, and one of another transport is not', async (t) => {
  const { shown, webSocket, webRtc, media, opened, pass } = await onWebSocket(t);
  const next = { getTracks: () => [] } as unknown as MediaStream;
  webSocket.events.stream(next);
  assert.deepEqual(shown, [webSocket.stream, next]);
  assert.notEqual(webRtc.stream, next);
  await pass(20_000);
  media.networkChanged();
  await pass(1);
  opened.at(-1)!.arrive();
  await pass(100);
  assert.equal(shown.length, 2);
});

test('a server without a media socket is sent no messages that it does not know', async (t) => {
  const run = setUp(t);
  run.join(['webrtc']);
  const [webRtc] = run.opened;
  webRtc!.arrive();
  await run.decode(webRtc!);
  webRtc!.events.failed(problem('MEDIA_LOST'));
  assert.deepEqual(run.signals, [{ Signaling: OFFER }]);
  assert.equal(run.seen.at(-1), 'lost MEDIA_LOST');
  assert.equal(webRtc!.isClosed, true);
});

test('the WebSocket is opened with a ticket, takes over with its first decoded picture, and only then is WebRTC closed', async (t) => {
  const run = setUp(t);
  run.join();
  await run.pass(2000);
  assert.deepEqual(run.signals.at(-1), { GetMediaTicket: {} });
  assert.equal(run.opened.length, 1);
  run.media.admit('T');
  const [webRtc, webSocket] = run.opened;
  assert.equal(run.seen.at(-1), 'ticket T');
  webSocket!.arrive();
  await run.pass(100);
  assert.equal(webRtc!.isClosed, false);
  await run.decode(webSocket!);
  assert.equal(webRtc!.isClosed, true);
  assert.deepEqual(run.shown, [webSocket!.stream]);
  assert.deepEqual(run.signals.at(-1), { UseTransport: { transport: 'websocket' } });
});

test('the WebSocket’s script is loaded in any case, while the network still works', async (t) => {
  const run = setUp(t);
  run.join(['webrtc']);
  await run.pass(1000);
  assert.deepEqual(run.seen, []);
  run.join();
  run.opened[1]!.arrive();
  await run.decode(run.opened[1]!);
  await run.pass(1000);
  assert.equal(run.seen.at(-1), 'prepared');
});

test('a ticket for a WebSocket that is open already opens nothing', async (t) => {
  const { media, opened } = await onWebSocket(t);
  media.admit('U');
  assert.equal(opened.length, 2);
});

test('a ticket that comes too late opens nothing', async (t) => {
  const run = setUp(t);
  run.join();
  await run.pass(2000);
  run.opened[0]!.arrive();
  await run.decode(run.opened[0]!);
  run.media.admit('T');
  assert.equal(run.opened.length, 1);
});

test('WebRTC takes over again without black: its stream is shown once it is decoded, and what is held is sent again over it', async (t) => {
  const { media, signals, shown, seen, opened, webSocket, pass, decode } = await onWebSocket(t);
  await pass(20_000);
  media.networkChanged();
  await pass(1);
  assert.deepEqual(signals, [{ RestartWebRtc: {} }, { Signaling: OFFER }]);
  const again = opened.at(-1)!;
  again.arrive();
  await pass(100);
  media.send(KEY);
  assert.deepEqual([webSocket.sent, again.sent], [[KEY], []]);
  assert.deepEqual(shown, [webSocket.stream]);
  assert.deepEqual(seen, []);
  await decode(again);
  assert.deepEqual(shown, [webSocket.stream, again.stream]);
  assert.deepEqual(seen, ['carried by webrtc', 'ready']);
  assert.equal(webSocket.isClosed, true);
  media.send(KEY);
  assert.deepEqual([webSocket.sent, again.sent], [[KEY], [KEY]]);
});

test('input does not move back and forth between two transports of which neither has a picture yet', async (t) => {
  const run = setUp(t);
  run.join();
  await run.pass(2000);
  run.media.admit('T');
  const [webRtc, webSocket] = run.opened;
  webSocket!.arrive();
  webRtc!.arrive();
  await run.settle();
  run.media.send(KEY);
  assert.deepEqual([webRtc!.sent, webSocket!.sent], [[], [KEY]]);
  assert.deepEqual(run.seen.filter((what) => what === 'ready').length, 1);
  await run.decode(webRtc!);
  assert.deepEqual(run.seen.slice(-2), ['carried by webrtc', 'ready']);
  run.media.send(KEY);
  assert.deepEqual([webRtc!.sent, webSocket!.sent], [[KEY], [KEY]]);
});

test('an attempt that is given up ends in the streamer too, and nobody notices', async (t) => {
  const { signals, shown, seen, opened, webSocket, pass } = await onWebSocket(t);
  await pass(5 * 60_000);
  const attempt = opened.at(-1)!;
  assert.equal(attempt.kind, 'webrtc');
  await pass(8000);
  assert.deepEqual([attempt.isClosed, webSocket.isClosed], [true, false]);
  assert.deepEqual(signals.at(-1), { UseTransport: { transport: 'websocket' } });
  attempt.events.failed(problem('MEDIA_LOST'));
  attempt.arrive();
  assert.deepEqual([seen, shown.length], [[], 1]);
});

test('without its socket the transport carries on, until the next peer has joined', async (t) => {
  const { media, webSocket, opened, shown, pass } = await onWebSocket(t);
  media.leave();
  await pass(10 * 60_000);
  media.send(KEY);
  assert.deepEqual([webSocket.sent.length, webSocket.isClosed], [1, false]);
  media.join({ iceServers: [], transports: ['webrtc'], hasMediaSocket: true });
  assert.equal(webSocket.isClosed, true);
  const next = opened.at(-1)!;
  next.arrive();
  await pass(100);
  assert.equal(shown.length, 1, 'the old picture stays');
});

test('answers go to the open peer connection, and a closed one reports nothing any more', async (t) => {
  const { media, opened, signals, seen } = await onWebSocket(t);
  media.negotiate(OFFER);
  assert.deepEqual(opened[0]!.received, []);
  media.stalled('stalled');
  assert.deepEqual(seen, ['lost CONNECTION_STALLED']);
  media.join({ iceServers: [], transports: BOTH, hasMediaSocket: true });
  media.negotiate(OFFER);
  assert.deepEqual(opened.at(-1)!.received, [OFFER]);
  assert.deepEqual(signals.at(-1), { GetMediaTicket: {} });
});
