import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { GatheredWrites } from './gathered-writes.ts';

/** A connection that notes what it was given in each call. */
class NotingConnection extends Duplex {
  readonly calls: string[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.calls.push(String(chunk));
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => String(chunk)).join('+'));
    done();
  }
}

test('what is written in one turn goes out together, in order, to each connection', async () => {
  const [a, b] = [new NotingConnection(), new NotingConnection()];
  const writes = new GatheredWrites();
  const write = (connection: NotingConnection, text: string) => {
    writes.gather(connection);
    connection.write(text);
  };
  write(a, 'sound');
  write(b, 'sound');
  write(a, 'frame');
  assert.deepEqual([a.calls, b.calls], [[], []]);
  await turn();
  assert.deepEqual([a.calls, b.calls], [['sound+frame'], ['sound']]);
  write(a, 'next');
  await turn();
  assert.deepEqual(a.calls, ['sound+frame', 'next']);
});

test('a connection that ends in the same turn is given everything, and one that is cut does no harm', async () => {
  const [ending, cut, other] = [new NotingConnection(), new NotingConnection(), new NotingConnection()];
  const writes = new GatheredWrites();
  for (const connection of [ending, cut, other]) {
    writes.gather(connection);
    connection.write('last');
  }
  ending.end('words');
  cut.destroy();
  await turn();
  assert.deepEqual([ending.calls.join('+'), other.calls], ['last+words', ['last']]);
});
