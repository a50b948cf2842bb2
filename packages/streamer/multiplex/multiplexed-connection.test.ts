import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Duplex, duplexPair, type Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  closeFrame,
  creditFrame,
  dataHeader,
  endFrame,
  MAX_FRAME_DATA,
  MultiplexDecoder,
  type MultiplexFrame,
  TO_SERVER_CREDIT,
  TO_STREAMER_CREDIT,
} from '@moonshare/contract';
import { MultiplexedConnection } from './multiplexed-connection.ts';

/** A connection, and what the server gets of it. */
function connected(context: TestContext) {
  const [ours, server] = duplexPair();
  const connection = new MultiplexedConnection(ours);
  const frames: MultiplexFrame[] = [];
  const decoder = new MultiplexDecoder();
  server.on('data', (piece: Buffer) => frames.push(...decoder.decode(piece)));
  context.after(() => server.destroy());
  const send = (stream: number, data: Buffer) => server.write(Buffer.concat([dataHeader([stream], data.length), data]));
  return { connection, ours, server, frames, send };
}

const kinds = (frames: readonly MultiplexFrame[]) => frames.map(({ kind }) => kind);

async function settled(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await turn();
}

test('what is written reaches the server, shared; what it sends is read; both ends end, and it closes once', async (context) => {
  const { connection, server, frames, send } = connected(context);
  const [one, two] = [connection.open(1), connection.open(2)];
  const picture = Buffer.from('picture');
  for (const socket of [one, two]) socket.write(picture);
  await settled();
  assert.deepEqual(frames.splice(0), [{ kind: 'data', streams: [1, 2], data: picture }]);
  send(1, Buffer.from('hello'));
  const [heard] = await once(one as Readable, 'data');
  assert.equal(String(heard), 'hello');
  one.end('bye');
  server.write(endFrame(1));
  await once(one, 'close');
  await settled();
  assert.deepEqual(kinds(frames.splice(0)), ['data', 'end', 'close']);
  server.write(closeFrame(2));
  await once(two, 'close');
  await settled();
  assert.deepEqual(frames, [], 'the server knows already');
});

test('more than the credit waits here, as bytes that are not written', async (context) => {
  const { connection, server, frames } = connected(context);
  const socket = connection.open(1);
  let isWritten = false;
  socket.write(Buffer.alloc(TO_SERVER_CREDIT), () => {
    isWritten = true;
  });
  await settled();
  assert.ok(isWritten);
  socket.write(Buffer.alloc(1000));
  await settled();
  assert.equal(socket.writableLength, 1000);
  assert.equal(frames.length, TO_SERVER_CREDIT / MAX_FRAME_DATA);
  server.write(creditFrame(1, 1));
  await settled();
  assert.equal(socket.writableLength, 0);
});

test('one that is not read is sent no more than its credit, and goes on when it is read', async (context) => {
  const { connection, frames, send } = connected(context);
  const socket = connection.open(1);
  for (let sent = 0; sent < TO_STREAMER_CREDIT; sent += 8192) send(1, Buffer.alloc(8192));
  await settled();
  const granted = () => frames.reduce((sum, frame) => sum + (frame.kind === 'credit' ? frame.bytes : 0), 0);
  assert.ok(granted() <= socket.readableHighWaterMark + 8192, `${granted()} bytes granted`);
  let read = 0;
  socket.on('data', ({ length }: Buffer) => {
    read += length;
  });
  await settled();
  assert.equal(read, TO_STREAMER_CREDIT);
  assert.ok(granted() > TO_STREAMER_CREDIT * 0.75, `${granted()} bytes granted`);
});

test('a server that sends more than the credit, or nonsense, is not believed', async (context) => {
  const { connection } = connected(context);
  const [ours] = duplexPair();
  const other = new MultiplexedConnection(ours);
  assert.throws(() => ours.emit('data', Buffer.from('ff00000100000000', 'hex')), /no known kind/);
  const socket = other.open(1);
  const much = Buffer.alloc(MAX_FRAME_DATA);
  const frame = Buffer.concat([dataHeader([1], much.length), much]);
  ours.emit('data', frame);
  assert.throws(() => ours.emit('data', frame), /more than a stream may be sent/);
  assert.ok(!socket.destroyed && connection.open(1) !== socket);
});

test('the end of the connection is the end of its streams, of those opened later too', async (context) => {
  const { connection, ours } = connected(context);
  const sockets: Duplex[] = [connection.open(1), connection.open(2)];
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
  ours.destroy();
  await closed;
  assert.ok(connection.open(3).destroyed);
});
