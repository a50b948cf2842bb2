import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EnetCommand, encodeCommand, readCommand } from './command.ts';
import { type DatagramHeader, encodeDatagram, readHeader } from './datagram.ts';
import { connectExample } from './testing/examples.ts';

const DATA = (hex: string) => Buffer.from(hex, 'hex');
const head = (channel: number, reliableSeq: number) => ({ channel, reliableSeq });
const ack = (channel: number, seq: number, time: number): EnetCommand => ({
  type: 'acknowledge',
  ...head(channel, seq),
  receivedSeq: seq,
  receivedSentTime: time,
});

/** Every datagram of protocol/2 §2: header, commands, bytes. */
const EXAMPLES: [string, DatagramHeader, EnetCommand[], string][] = [
  [
    'CONNECT',
    { slot: 0xfff, session: 0, sentTime: 0x1000 },
    [
      {
        type: 'connect',
        ...head(0xff, 1),
        ...connectExample('1a2b3c4d', 0),
        incomingSession: 0xff,
        outgoingSession: 0xff,
        connectData: 0x5eed1234,
      },
    ],
    '8fff100082ff00010000ffff0000038400010000000000300000000000000000000013880000000200000002' + '1a2b3c4d5eed1234',
  ],
  [
    'VERIFY_CONNECT',
    { slot: 0, session: 0, sentTime: 0x2000 },
    [{ type: 'verifyConnect', ...head(0xff, 1), ...connectExample('1a2b3c4d', 0) }],
    '8000200083ff00010000000000000384000100000000003000000000000000000000138800000002000000021a2b3c4d',
  ],
  ['ACK of VERIFY_CONNECT', { slot: 0, session: 0, sentTime: null }, [ack(0xff, 1, 0x2000)], '000001ff000100012000'],
  [
    'reliable',
    { slot: 0, session: 0, sentTime: 0x1010 },
    [{ type: 'sendReliable', ...head(0, 1), data: Buffer.from('hello') }],
    '8000101086000001000568656c6c6f',
  ],
  ['its ACK', { slot: 0, session: 0, sentTime: null }, [ack(0, 1, 0x1010)], '00000100000100011010'],
  [
    'ACK and data in one',
    { slot: 0, session: 0, sentTime: 0x1010 },
    [ack(0xff, 1, 0x2000), { type: 'sendReliable', ...head(0, 1), data: Buffer.from('hello') }],
    '8000101001ff00010001200086000001000568656c6c6f',
  ],
  [
    'BANDWIDTH_LIMIT',
    { slot: 0, session: 0, sentTime: 0x2040 },
    [{ type: 'bandwidthLimit', ...head(0xff, 2), incomingBandwidth: 0, outgoingBandwidth: 0 }],
    '800020408aff00020000000000000000',
  ],
  ['ACK of BANDWIDTH_LIMIT', { slot: 0, session: 0, sentTime: null }, [ack(0xff, 2, 0x2040)], '000001ff000200022040'],
  ['PING', { slot: 0, session: 0, sentTime: 0x2300 }, [{ type: 'ping', ...head(0xff, 3) }], '8000230085ff0003'],
  ['ACK of PING', { slot: 0, session: 0, sentTime: null }, [ack(0xff, 3, 0x2300)], '000001ff000300032300'],
  [
    'unsequenced',
    { slot: 0, session: 0, sentTime: null },
    [{ type: 'sendUnsequenced', ...head(0, 0), group: 1, data: DATA('aabb') }],
    '00004900000000010002aabb',
  ],
  [
    'unreliable',
    { slot: 0, session: 0, sentTime: null },
    [{ type: 'sendUnreliable', ...head(0x20, 0), unreliableSeq: 1, data: DATA('ccddee') }],
    '00000720000000010003ccddee',
  ],
  [
    'THROTTLE_CONFIGURE',
    { slot: 0, session: 0, sentTime: 0x2400 },
    [{ type: 'throttleConfigure', ...head(0xff, 4), interval: 5000, acceleration: 2, deceleration: 2 }],
    '800024008bff0004000013880000000200000002',
  ],
  [
    'DISCONNECT reliable',
    { slot: 0, session: 0, sentTime: 0x3000 },
    [{ type: 'disconnect', ...head(0xff, 4), data: 7, unsequenced: false }],
    '8000300084ff000400000007',
  ],
  ['its ACK', { slot: 0, session: 0, sentTime: null }, [ack(0xff, 4, 0x3000)], '000001ff000400043000'],
  [
    'DISCONNECT unsequenced',
    { slot: 0, session: 0, sentTime: null },
    [{ type: 'disconnect', ...head(0xff, 4), data: 9, unsequenced: true }],
    '000044ff000400000009',
  ],
  [
    'VERIFY_CONNECT of a second connection in the slot',
    { slot: 0, session: 1, sentTime: 0x4000 },
    [{ type: 'verifyConnect', ...head(0xff, 1), ...connectExample('5e6f7081', 1) }],
    '9000400083ff00010000010100000384000100000000003000000000000000000000138800000002000000025e6f7081',
  ],
  [
    'reliable in that second connection',
    { slot: 0, session: 1, sentTime: 0x1010 },
    [{ type: 'sendReliable', ...head(0, 1), data: Buffer.from('hello') }],
    '9000101086000001000568656c6c6f',
  ],
];

for (const [name, header, commands, hex] of EXAMPLES) {
  test(`protocol/2 §2: ${name}`, () => {
    assert.equal(encodeDatagram(header, commands.map(encodeCommand)).toString('hex'), hex);
    assert.deepEqual(readDatagram(Buffer.from(hex, 'hex')), { header, commands });
  });
}

test('protocol/2 §2: a fragmented message', () => {
  const payload = Buffer.from(Array.from({ length: 2000 }, (_, i) => i & 0xff));
  assert.equal(sha256(payload), 'bb71b99a92ccee0d5c2fda0aa2899baa5b365c2669166e23e3881c54456f535b');
  const expected = [
    [
      '800011008801000100010368000000030000000000000' + '7d000000000',
      'd795ce52a4de426bac3e9b95afccfc91fa57fbc79d93e03f4546d806ef183c28',
    ],
    [
      '800011008801000200010368000000030000000100000' + '7d000000368',
      '22e160a5cded02fadd82b1fcc92d0654b74b32d9adabb433b45403c13f6756b3',
    ],
    [
      '800011008801000300010100000000030000000200000' + '7d0000006d0',
      '346e3b998191357c4e42e222d0146e2a29f386dc623cd5879a588f3319fb9a6b',
    ],
  ] as const;
  expected.forEach(([headHex, hash], number) => {
    const fragment: EnetCommand = {
      type: 'sendFragment',
      ...head(1, 1 + number),
      startSeq: 1,
      count: 3,
      number,
      total: 2000,
      offset: 872 * number,
      data: payload.subarray(872 * number, 872 * (number + 1)),
    };
    const datagram = encodeDatagram({ slot: 0, session: 0, sentTime: 0x1100 }, [encodeCommand(fragment)]);
    assert.equal(datagram.subarray(0, 28).toString('hex'), headHex);
    assert.equal(sha256(datagram), hash);
    assert.deepEqual(readDatagram(datagram).commands, [fragment]);
  });
});

test('the ACK flags of the example commands are read', () => {
  assert.equal(readCommand(DATA('85ff0003'), 0)?.wantsAck, true);
  assert.equal(readCommand(DATA('44ff000400000009'), 0)?.wantsAck, false);
});

test('anything but a datagram or a command gives null', () => {
  assert.equal(readHeader(DATA('80')), null, 'one byte');
  assert.equal(readHeader(DATA('8000ff')), null, 'no room for the time');
  assert.equal(readHeader(DATA('40000000')), null, 'compressed');
  assert.equal(readHeader(Buffer.alloc(4097)), null, 'too long');
  assert.equal(readCommand(DATA('85ff00'), 0), null, 'short head');
  for (const type of ['00', '0d', '0e', '0f'])
    assert.equal(readCommand(DATA(`${type}ff0001`), 0), null, `type ${type}`);
  assert.equal(readCommand(DATA('8aff000200000000000000'), 0), null, 'short body');
  assert.equal(readCommand(DATA('860000010005aabbccdd'), 0), null, 'payload beyond the end');
});

test('the parser never throws or reads out of bounds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const datagram = Buffer.from(bytes);
      const read = readHeader(datagram);
      for (let next = read?.next ?? datagram.length; next < datagram.length; ) {
        const command = readCommand(datagram, next);
        if (command === null) break;
        assert.ok(command.next > next && command.next <= datagram.length);
        next = command.next;
      }
    }),
  );
});

function readDatagram(datagram: Buffer): { header: DatagramHeader | undefined; commands: EnetCommand[] } {
  const read = readHeader(datagram);
  const commands: EnetCommand[] = [];
  for (let next = read?.next ?? datagram.length; next < datagram.length; ) {
    const command = readCommand(datagram, next);
    assert.ok(command);
    commands.push(command.command);
    next = command.next;
  }
  return { header: read?.header, commands };
}

function sha256(b: Buffer): string {
  return createHash('sha256').update(b).digest('hex');
}
