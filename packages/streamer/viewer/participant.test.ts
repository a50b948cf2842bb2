import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MoonshareError, type Negotiation, type TransportKind, type ViewerInput } from '@moonshare/contract';
import fc from 'fast-check';
import { freshAccount } from '../webrtc/testing/fresh-account.ts';
import { NO_COUNTS } from './counts.ts';
import { Participant } from './participant.ts';
import type { NegotiatedTransport, TransportEvents } from './transport.ts';

/** A transport that does what the test says. */
class FakeTransport implements NegotiatedTransport {
  readonly kind: TransportKind;
  readonly sound = 'unchanged';
  isSilent = false;
  readonly events: TransportEvents;
  readonly signals: Negotiation[] = [];
  readonly general: unknown[] = [];
  readonly feedback: unknown[] = [];
  frames = 0;
  ends = 0;

  constructor(kind: TransportKind, events: TransportEvents) {
    this.kind = kind;
    this.events = events;
  }

  fallSilent(): void {
    this.isSilent = true;
    this.events.silent();
  }

  signal(message: Negotiation): void {
    this.signals.push(message);
  }

  sendFeedback(feedback: unknown): void {
    this.feedback.push(feedback);
  }

  sendGeneral(message: unknown): void {
    this.general.push(message);
  }

  stats() {
    return {
      ...NO_COUNTS,
      state: 'connected' as const,
      frames_sent: this.frames,
      malformed_messages: 1,
      round_trip_ms: this.kind === 'webrtc' ? 1 : 2,
      fraction_lost: null,
      estimated_bitrate_kbps: null,
      estimate_source: null,
      estimate_is_minimum: false,
    };
  }

  close(error: MoonshareError | null): void {
    this.ends += 1;
    if (this.ends === 1) this.events.closed(error);
  }
}

/** A participant with what it has said so far. `onConnected`: what its owner does then. */
function setUp(onConnected = () => {}) {
  const said: string[] = [];
  const inputs: ViewerInput[] = [];
  const participant = new Participant({
    id: 'p',
    role: 'full',
    kinds: ['webrtc', 'websocket'],
    account: freshAccount(),
    framesDropped: ({ kind }) => (kind === 'webrtc' ? 10 : 20),
    events: {
      opened: () => said.push('opened'),
      connected: ({ kind }, isFirst) => {
        said.push(`connected ${kind}${isFirst ? ' first' : ''}`);
        onConnected();
      },
      carried: (by) => said.push(`carried ${by}`),
      uncarried: () => said.push('uncarried'),
      input: (event) => {
        said.push('input');
        inputs.push(event);
      },
      inputLost: () => said.push('inputLost'),
      keyFrameNeeded: ({ kind }) => said.push(`keyFrameNeeded ${kind}`),
      frameDropped: ({ kind }) => said.push(`frameDropped ${kind}`),
      silent: () => said.push('silent'),
      left: (kind, _transport, error) => said.push(`left ${kind}${error === null ? '' : ` ${error.code}`}`),
      closed: (error) => said.push(`closed ${error?.code ?? null}`),
    },
  });
  const add = (kind: TransportKind): FakeTransport => {
    let made: FakeTransport | null = null;
    participant.add(kind, (events) => {
      made = new FakeTransport(kind, events);
      return made;
    });
    return made!;
  };
  const connect = (kind: TransportKind): FakeTransport => {
    const transport = add(kind);
    transport.events.opened();
    transport.events.connected();
    return transport;
  };
  /** What it has said since the last call. */
  const heard = () => said.splice(0);
  return { participant, add, connect, heard, inputs };
}

const INPUT: ViewerInput = { kind: 'key', down: true, virtualKey: 0x57, modifiers: 0 };
/** A transport, and what was sent over it but has not come. */
interface Way {
  transport: FakeTransport;
  onItsWay: ViewerInput[];
}

const GONE = new MoonshareError('VIEWER_SILENT');

describe('a participant', () => {
  it('with one transport lives and ends with it', () => {
    const { participant, connect, heard } = setUp();
    const webrtc = connect('webrtc');
    assert.deepEqual(heard(), ['opened', 'connected webrtc first', 'carried webrtc']);
    webrtc.close(GONE);
    assert.deepEqual(heard(), ['left webrtc VIEWER_SILENT', 'closed VIEWER_SILENT']);
    participant.close(null);
    assert.deepEqual([heard(), participant.stats().state], [[], 'closed']);
  });

  it('moves to another transport when its browser says so, and the first is closed', () => {
    const { participant, connect, heard } = setUp();
    const webrtc = connect('webrtc');
    const websocket = connect('websocket');
    heard();
    assert.equal(participant.stats().transport, 'webrtc');
    participant.use('websocket');
    assert.deepEqual(heard(), ['carried websocket', 'left webrtc']);
    assert.deepEqual([webrtc.ends, websocket.ends, participant.transports], [1, 0, [websocket]]);
    participant.use('websocket');
    participant.use('webrtc');
    assert.deepEqual(heard(), []);
  });

  it('stays on what carries the picture if the other is not connected, whatever its browser says', () => {
    const { participant, add, connect, heard } = setUp();
    const webrtc = connect('webrtc');
    add('websocket');
    heard();
    participant.use('websocket');
    assert.deepEqual([heard(), webrtc.ends], [[], 0]);
  });

  it('falls back to the other transport if the one that carries the picture dies', () => {
    const { participant, connect, heard } = setUp();
    const webrtc = connect('webrtc');
    connect('websocket');
    heard();
    webrtc.close(GONE);
    assert.deepEqual(heard(), ['left webrtc VIEWER_SILENT', 'carried websocket']);
    assert.equal(participant.stats().round_trip_ms, 2);
  });

  it('is carried by whichever is connected first', () => {
    const { add, connect, heard } = setUp();
    const webrtc = add('webrtc');
    connect('websocket');
    assert.deepEqual(heard(), ['opened', 'connected websocket first', 'carried websocket']);
    webrtc.events.opened();
    webrtc.events.connected();
    assert.deepEqual(heard(), ['connected webrtc']);
  });

  it('waits for a transport that is being opened when the other dies, and takes the reason of the last', () => {
    const { add, connect, heard } = setUp();
    const webrtc = connect('webrtc');
    const websocket = add('websocket');
    heard();
    webrtc.close(GONE);
    assert.deepEqual(heard(), ['left webrtc VIEWER_SILENT', 'uncarried']);
    websocket.close(null);
    assert.deepEqual(heard(), ['left websocket', 'closed null']);
  });

  it('has one transport of a kind: a new one replaces it', () => {
    const { participant, add, connect, heard } = setUp();
    const first = connect('webrtc');
    heard();
    const second = add('webrtc');
    assert.deepEqual(heard(), ['uncarried', 'left webrtc']);
    assert.deepEqual([first.ends, participant.transports], [1, [second]]);
    first.events.input(INPUT);
    first.events.connected();
    first.events.keyFrameNeeded();
    first.events.frameDropped();
    first.events.inputLost();
    first.fallSilent();
    assert.deepEqual(heard(), []);
    second.events.opened();
    second.events.connected();
    assert.deepEqual(heard(), ['connected webrtc', 'carried webrtc']);
  });

  it('takes input and requests for key frames from each of its transports', () => {
    const { connect, heard } = setUp();
    const both = [connect('webrtc'), connect('websocket')];
    heard();
    for (const { events } of both) {
      events.inputLost();
      events.input(INPUT);
      events.keyFrameNeeded();
      events.frameDropped();
    }
    const expected = (kind: TransportKind) => ['inputLost', 'input', `keyFrameNeeded ${kind}`, `frameDropped ${kind}`];
    assert.deepEqual(heard(), [...expected('webrtc'), ...expected('websocket')]);
  });

  it('takes no key from the transport that its input has left, but what was typed, and all again once it is the only one', () => {
    const { connect, heard } = setUp();
    const [webrtc, websocket] = [connect('webrtc'), connect('websocket')];
    webrtc.events.input(INPUT);
    websocket.events.input({ ...INPUT, down: false });
    heard();
    webrtc.events.input(INPUT);
    assert.deepEqual(heard(), []);
    webrtc.events.input({ kind: 'text', text: 'a' });
    websocket.events.input(INPUT);
    assert.deepEqual(heard(), ['input', 'input']);
    websocket.close(GONE);
    heard();
    webrtc.events.input(INPUT);
    assert.deepEqual(heard(), ['input']);
  });

  it('sends messages and feedback over each, and negotiates the one that is negotiated', () => {
    const { participant, add } = setUp();
    const [websocket, webrtc] = [add('websocket'), add('webrtc')];
    participant.sendGeneral('ConnectionTerminated');
    participant.sendFeedback({ kind: 'rumble', id: 0, low: 1, high: 2 });
    participant.signal({ Description: { ty: 'offer', sdp: '' } });
    assert.deepEqual(
      [webrtc, websocket].map(({ general, feedback }) => [general.length, feedback.length]),
      [
        [1, 1],
        [1, 1],
      ],
    );
    assert.deepEqual([webrtc.signals.length, websocket.signals.length], [1, 0]);
  });

  it('is silent when all of its transports are', () => {
    const { add, connect, heard } = setUp();
    const [webrtc, websocket] = [connect('webrtc'), connect('websocket')];
    heard();
    webrtc.fallSilent();
    assert.deepEqual(heard(), []);
    // It is heard again, though not with input.
    webrtc.isSilent = false;
    websocket.fallSilent();
    assert.deepEqual(heard(), []);
    webrtc.fallSilent();
    assert.deepEqual(heard(), ['silent']);
    websocket.close(null);
    add('websocket');
    heard();
    webrtc.fallSilent();
    assert.deepEqual(heard(), ['silent']);
  });

  it('is silent when only a silent transport is left', () => {
    const { connect, heard } = setUp();
    const [webrtc, websocket] = [connect('webrtc'), connect('websocket')];
    webrtc.fallSilent();
    heard();
    websocket.close(GONE);
    assert.deepEqual(heard(), ['left websocket VIEWER_SILENT', 'silent']);
    connect('websocket');
    heard();
    webrtc.close(null);
    assert.deepEqual(heard(), ['left webrtc', 'carried websocket']);
  });

  it('lets go of nothing when input is lost on the transport that its input has left', () => {
    const { connect, heard } = setUp();
    const [webrtc, websocket] = [connect('webrtc'), connect('websocket')];
    webrtc.events.input(INPUT);
    heard();
    // The first to come over the other one may be among it.
    websocket.events.inputLost();
    assert.deepEqual(heard(), ['inputLost']);
    websocket.events.input(INPUT);
    heard();
    webrtc.events.inputLost();
    assert.deepEqual(heard(), []);
    websocket.events.inputLost();
    assert.deepEqual(heard(), ['inputLost']);
    websocket.close(null);
    heard();
    webrtc.events.inputLost();
    assert.deepEqual(heard(), ['inputLost']);
  });

  it('counts what all its transports did, including those that have ended', () => {
    const { participant, connect } = setUp();
    for (const kind of ['webrtc', 'websocket', 'webrtc'] as const) connect(kind).frames = 100;
    const { frames_sent, frames_dropped, malformed_messages } = participant.stats();
    assert.deepEqual(
      { frames_sent, frames_dropped, malformed_messages },
      { frames_sent: 300, frames_dropped: 40, malformed_messages: 3 },
    );
    participant.close(null);
    assert.equal(participant.stats().frames_sent, 300);
  });

  it('ends if its only transport cannot be created, and not if it has another', () => {
    const { participant, connect, heard } = setUp();
    const fails = () => {
      throw new MoonshareError('VIEWER_LIMIT');
    };
    connect('webrtc');
    heard();
    assert.equal(participant.add('websocket', fails), null);
    assert.deepEqual(heard(), ['left websocket VIEWER_LIMIT']);
    const other = setUp();
    assert.equal(other.participant.add('webrtc', fails), null);
    assert.deepEqual(other.heard(), ['left webrtc VIEWER_LIMIT', 'closed VIEWER_LIMIT']);
  });

  it('takes a transport that is connected, or has ended, before it is returned', () => {
    const { participant, heard } = setUp();
    participant.add('websocket', (events) => {
      events.opened();
      events.connected();
      return new FakeTransport('websocket', events);
    });
    assert.deepEqual(heard(), ['opened', 'connected websocket first', 'carried websocket']);
    const ended = participant.add('webrtc', (events) => {
      const transport = new FakeTransport('webrtc', events);
      transport.close(GONE);
      return transport;
    });
    assert.deepEqual([ended, heard()], [null, ['left webrtc VIEWER_SILENT']]);
  });

  it('closes a transport that nobody can send to, and ends with it', () => {
    const { participant, heard } = setUp(() => {
      throw new MoonshareError('INTERNAL');
    });
    const made: FakeTransport[] = [];
    const added = participant.add('websocket', (events) => {
      const transport = new FakeTransport('websocket', events);
      made.push(transport);
      events.connected();
      return transport;
    });
    assert.deepEqual([added, made[0]?.ends], [null, 1]);
    assert.deepEqual(heard(), ['connected websocket first', 'left websocket INTERNAL', 'closed INTERNAL']);
  });

  it('without a transport ends when it is closed, and accepts none after that', () => {
    const { participant, heard } = setUp();
    participant.close(null);
    assert.equal(
      participant.add('webrtc', () => assert.fail('it has ended')),
      null,
    );
    assert.deepEqual(heard(), ['closed null']);
  });
});

describe('whatever its transports do, in any order', () => {
  it('a viewer whose input moves from one to the other holds what it holds, whatever comes late', () => {
    const KEYS = [1, 2, 3];
    const key = (virtualKey: number, down: boolean): ViewerInput => ({ kind: 'key', down, virtualKey, modifiers: 0 });
    const done = fc.oneof(
      { weight: 3, arbitrary: fc.record({ key: fc.constantFrom(...KEYS), down: fc.boolean() }) },
      { weight: 3, arbitrary: fc.constantFrom('first arrives' as const, 'second arrives' as const) },
      { weight: 1, arbitrary: fc.constantFrom('moves' as const, 'is told' as const) },
    );
    const property = fc.property(
      fc.array(done, { maxLength: 40 }),
      fc.constantFrom<TransportKind>('webrtc', 'websocket'),
      (steps, kind) => {
        const { participant, connect, inputs } = setUp();
        const other = kind === 'webrtc' ? 'websocket' : 'webrtc';
        const [first, second] = [connect(kind), connect(other)].map((transport) => ({
          transport,
          onItsWay: [] as ViewerInput[],
        })) as [Way, Way];
        first.transport.events.input({ kind: 'mouseMove', dx: 1, dy: 1 });
        const pressed = new Map(KEYS.map((each) => [each, false]));
        let way = first;
        const arrive = ({ transport, onItsWay }: Way) => {
          const next = onItsWay.shift();
          if (next !== undefined && transport.ends === 0) transport.events.input(next);
        };
        const move = () => {
          if (way === second) return;
          way = second;
          for (const [virtualKey, down] of pressed) second.onItsWay.push(key(virtualKey, down));
        };
        for (const step of steps) {
          if (step === 'first arrives') arrive(first);
          else if (step === 'second arrives') arrive(second);
          else if (step === 'moves') move();
          else if (step === 'is told') {
            if (way === second) participant.use(other);
          } else {
            pressed.set(step.key, step.down);
            way.onItsWay.push(key(step.key, step.down));
          }
        }
        move();
        // The way that it has left is the slower one.
        while (second.onItsWay.length > 0) arrive(second);
        while (first.onItsWay.length > 0) arrive(first);
        const held = new Map(KEYS.map((each) => [each, false]));
        for (const event of inputs) if (event.kind === 'key') held.set(event.virtualKey, event.down);
        assert.deepEqual(held, pressed);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  const kind = fc.constantFrom<TransportKind>('webrtc', 'websocket');
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('add', 'use'), kind }),
    fc.record({ do: fc.constantFrom('open', 'connect', 'die', 'silent', 'input', 'drop'), of: fc.nat(9) }),
    fc.record({ do: fc.constant('close'), chance: fc.nat(9) }),
  );

  it('a participant ends once, with its last transport, and is uncarried exactly while none of them is connected', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { participant, add, heard } = setUp();
        const made: FakeTransport[] = [];
        const connected = new Set<FakeTransport>();
        let isCarried = false;
        let carrier: string | null = null;
        let ends = 0;
        let isKnown = false;
        for (const taken of steps) {
          const of = 'of' in taken ? made[taken.of % Math.max(1, made.length)] : undefined;
          // A transport says nothing after its end.
          const isLive = of !== undefined && of.ends === 0;
          if (taken.do === 'add' && 'kind' in taken && ends === 0) made.push(add(taken.kind));
          else if (taken.do === 'use' && 'kind' in taken) participant.use(taken.kind);
          else if (taken.do === 'close' && 'chance' in taken && taken.chance === 0) participant.close(null);
          else if (taken.do === 'die' && isLive) of.close(GONE);
          else if (taken.do === 'open' && isLive) of.events.opened();
          else if (taken.do === 'connect' && isLive && !connected.has(of)) {
            connected.add(of);
            of.events.connected();
          } else if (taken.do === 'silent' && isLive) of.fallSilent();
          else if (taken.do === 'input' && isLive) of.events.input(INPUT);
          else if (taken.do === 'drop' && isLive) of.events.frameDropped();

          const live = made.filter((transport) => transport.ends === 0);
          for (const event of heard()) {
            assert.equal(ends, 0, `${event} after the end`);
            if (event.startsWith('carried')) [isCarried, carrier] = [true, event.split(' ')[1]!];
            if (event === 'uncarried') [isCarried, carrier] = [false, null];
            if (event.startsWith('closed')) ends += 1;
            if (event === 'opened') {
              assert.equal(isKnown, false);
              isKnown = true;
            }
          }
          assert.deepEqual(new Set(participant.transports), new Set(live));
          assert.equal(new Set(live.map((each) => each.kind)).size, live.length, 'one of each kind');
          assert.equal(ends > 0, made.length > 0 ? live.length === 0 : ends > 0, 'it ends with its last transport');
          const carrying = live.filter((each) => connected.has(each));
          if (ends === 0) {
            assert.equal(isCarried, carrying.length > 0);
            assert.equal(participant.stats().transport, carrier);
            if (carrier !== null) assert.ok(carrying.some((each) => each.kind === carrier));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
