import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, test } from 'node:test';
import { ControlCipher } from '../control/cipher.ts';
import { decodeClientMessage } from '../control/client-message.ts';
import { encodeHostMessage } from '../control/host-message.ts';
import type { ClientMessage, FrameFecStatus } from '../control/message.ts';
import { EnetSocket } from '../enet/socket.ts';
import { ControlConnection } from './control-connection.ts';

const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

interface Seen {
  channel: number;
  message: ClientMessage;
}

/** The host's end of a control stream, on a real socket. */
class ControlHost {
  readonly enet = new EnetSocket({ slots: 1 });
  readonly cipher = new ControlCipher({ key: KEY, style: 'v2', role: 'host' });
  readonly seen: Seen[] = [];
  connectData: number | null = null;
  port = 0;
  #look: () => void = () => undefined;

  async start(): Promise<void> {
    this.enet.on('connected', ({ data }) => {
      this.connectData = data;
    });
    this.enet.on('message', ({ channel, data }) => {
      const opened = this.cipher.open(data);
      assert.ok(opened);
      this.seen.push({ channel, message: decodeClientMessage(opened.plain) });
      this.#look();
    });
    this.port = (await this.enet.bind({ address: '127.0.0.1' })).port;
  }

  until(wanted: (seen: Seen[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (wanted(this.seen)) resolve();
      };
      this.#look();
    });
  }
}

describe('the control connection', () => {
  const open: { close(): unknown }[] = [];

  afterEach(async () => {
    for (const part of open.splice(0).reverse()) await part.close();
  });

  async function connected(): Promise<{ host: ControlHost; control: ControlConnection }> {
    const host = new ControlHost();
    open.push(host.enet);
    await host.start();
    const { port } = host;
    const control = new ControlConnection({ address: '127.0.0.1', port, connectData: 77, key: KEY, style: 'v2' });
    open.push({ close: () => control.close('unsequenced') });
    await control.open(new AbortController().signal);
    await host.until((seen) => seen.length > 0);
    return { host, control };
  }

  test('starts in the order of protocol/2 §3.8 and pings', async () => {
    const { host } = await connected();
    await host.until((seen) => seen.length >= 5);
    assert.equal(host.connectData, 77);
    assert.deepEqual(
      host.seen.slice(0, 5).map(({ channel, message }) => [channel, message.type]),
      [
        [0, 'requestIdr'],
        [0, 'startB'],
        [0, 'ping'],
        [0, 'ping'],
        [0, 'ping'],
      ],
    );
  });

  test('a later IDR request goes out on the urgent channel', async () => {
    const { host, control } = await connected();
    assert.ok(control.send({ type: 'requestIdr' }));
    await host.until((seen) => seen.some(({ channel, message }) => channel === 1 && message.type === 'requestIdr'));
  });

  test('a ping carries the newest FEC statuses, at most eight', async () => {
    const { host, control } = await connected();
    const counts = { highestSequence: 0, nextContiguousSequence: 0, missingBeforeHighest: 0, dataPackets: 3 };
    const rest = {
      parityPackets: 2,
      receivedData: 2,
      receivedParity: 1,
      fecPercentage: 66,
      blockIndex: 0,
      blockCount: 1,
    };
    for (let frameIndex = 1; frameIndex <= 12; frameIndex += 1) {
      control.queueFecStatus({ frameIndex, ...counts, ...rest } satisfies FrameFecStatus);
    }
    const statuses = () =>
      host.seen.flatMap(({ message }) => (message.type === 'frameFecStatus' ? [message.status.frameIndex] : []));
    await host.until(() => statuses().length >= 8);
    assert.deepEqual(statuses(), [5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('emits the host’s messages, and drops unreadable ones', async () => {
    const { host, control } = await connected();
    const received = once(control, 'message');
    const rumble = { type: 'rumble', controller: 1, low: 2, high: 3 } as const;
    host.enet.send(0, 0, Buffer.from('garbage'), 'reliable');
    host.enet.send(0, 0, host.cipher.seal(Buffer.alloc(1)), 'reliable');
    host.enet.send(0, 0, host.cipher.seal(encodeHostMessage(rumble)), 'reliable');
    assert.deepEqual(await received, [rumble]);
  });

  test('reports once that the host has left, and sends no more', async () => {
    const { host, control } = await connected();
    const ended: string[] = [];
    control.on('ended', (how) => ended.push(how));
    const notified = once(control, 'ended');
    await host.enet.disconnect(0, 'unsequenced');
    await notified;
    assert.deepEqual(ended, ['disconnected']);
    assert.equal(control.send({ type: 'ping' }), false);
  });

  test('an orderly close delivers everything sent before', async () => {
    const { host, control } = await connected();
    const left = once(host.enet, 'disconnected');
    const release = { kind: 'keyUp', keyCode: 0x41, modifiers: 0, flags: 0 } as const;
    for (let count = 0; count < 100; count += 1) control.send({ type: 'input', packet: release });
    await control.close('reliable');
    await left;
    assert.equal(host.seen.filter(({ message }) => message.type === 'input').length, 100);
  });

  test('a host that does not keep up is sent nothing but releases', async () => {
    const { host, control } = await connected();
    await host.enet.close();
    const press = { kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 } as const;
    let sent = 0;
    while (sent < 10_000 && control.send({ type: 'input', packet: press })) sent += 1;
    assert.ok(sent > 4900 && sent <= 5001, `${sent} were accepted`);
    assert.ok(control.send({ type: 'input', packet: { ...press, kind: 'keyUp' } }));
  });
});
