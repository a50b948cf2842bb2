import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, test } from 'node:test';
import { GameStreamError } from '../errors.ts';
import { createSessionKeys } from '../http/session-keys.ts';
import type { ServerInfo } from '../http/types.ts';
import { type AccessUnit, DEFAULT_STREAM_SETTINGS, type StreamSettings } from '../types.ts';
import { GameStream } from './game-stream.ts';
import { WolfHost } from './testing/wolf-host.ts';

const SERVER_INFO: ServerInfo = {
  hostname: 'wolf',
  appVersion: { text: '7.1.431.-1', parts: [7, 1, 431, -1], sunshine: true },
  gfeVersion: '3.23.0.74',
  uniqueId: 'wolf',
  httpsPort: 47984,
  externalPort: 47989,
  mac: null,
  localIp: null,
  maxLumaPixelsHevc: 0,
  codecModeSupport: 1,
  paired: true,
  currentGame: 1,
  state: 'SUNSHINE_SERVER_BUSY',
  busy: true,
};

const SETTINGS: StreamSettings = { ...DEFAULT_STREAM_SETTINGS, bitrateKbps: 6000 };

describe('a Wolf of 2024', () => {
  const open: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const part of open.splice(0).reverse()) await part.close();
  });

  async function session(options: { sendsMedia?: boolean } = {}): Promise<{ host: WolfHost; stream: GameStream }> {
    const keys = createSessionKeys();
    const host = new WolfHost(keys, options);
    await host.start();
    const { sessionUrl } = host;
    const where = { address: '127.0.0.1', sessionUrl, keys, settings: SETTINGS, serverInfo: SERVER_INFO };
    const stream = new GameStream({
      ...where,
      firstVideoMs: { withPayload: 10_000, without: options.sendsMedia === false ? 100 : 10_000 },
    });
    open.push(host, stream);
    return { host, stream };
  }

  test('streams with the old control style, plain pings, no connect data, frames from 0 and encrypted sound', async () => {
    const { host, stream } = await session();
    const units: AccessUnit[] = [];
    stream.on('video', (unit) => units.push(unit));
    const sound = once(stream, 'audio');
    await stream.open();
    assert.deepEqual(stream.session.encryption, { controlV2: false, video: false, audio: true });
    assert.deepEqual([units[0]?.frameIndex, units[0]?.keyFrame], [0, true]);
    const [packet] = await sound;
    assert.deepEqual(packet.data, Buffer.alloc(60, 0xfc));
    await once(stream, 'video');
    assert.deepEqual(units[1]?.frameIndex, 1);
    assert.equal(host.connectData, 0);
    assert.ok([...host.pings.video, ...host.pings.audio].every((ping) => ping === 'PING'));
    assert.deepEqual(
      host.messages.slice(0, 3).map(({ type }) => type),
      ['requestIdr', 'startB', 'ping'],
    );
  });

  test('messages are received although all have the sequence number 0', async () => {
    const { host, stream } = await session();
    await stream.open();
    const received: number[] = [];
    const three = new Promise<void>((resolve) => {
      stream.on('feedback', (message) => {
        if (message.type === 'rumble') received.push(message.low);
        if (received.length === 3) resolve();
      });
    });
    for (const low of [1, 2, 3]) host.send({ type: 'rumble', controller: 0, low, high: 0 });
    await three;
    assert.deepEqual(received, [1, 2, 3]);
  });

  test('the stream ends with a termination, or with the disconnect that overtook it', async () => {
    const { host, stream } = await session();
    await stream.open();
    const ended = once(stream, 'ended');
    host.send({ type: 'termination', code: 0x80030023 });
    await host.control.disconnect(0, 'unsequenced');
    const [reason] = await ended;
    assert.ok(reason.type === 'terminated' || reason.type === 'disconnected');
  });

  test('a host that sends nothing is given up early, so that the stream can be resumed', async () => {
    const { stream } = await session({ sendsMedia: false });
    await assert.rejects(stream.open(), (error) => error instanceof GameStreamError && error.code === 'NO_VIDEO');
  });
});
