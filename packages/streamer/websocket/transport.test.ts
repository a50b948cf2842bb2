import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { encodeAcknowledgement, encodeViewerHello, MoonshareError } from '@moonshare/contract';
import { freshAccount } from '../webrtc/testing/fresh-account.ts';
import { FORMAT, input, key, MediaRig, sound, unit } from './testing/media-rig.ts';
import type { WebSocketTransport } from './transport.ts';

const REQUEST = [
  'GET /api/streamers/a/media?ticket=t HTTP/1.1',
  'Host: a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');

describe('a silent media socket', () => {
  /** A transport on a clock that the test sets: ms after now. */
  async function onClock(context: TestContext, { greets }: { greets: boolean }) {
    const rig = await MediaRig.start(context);
    const joined = await rig.join({ greets });
    const from = performance.now();
    const at = context.mock.method(performance, 'now', () => from);
    const check = (ms: number, isLate = false) => {
      at.mock.mockImplementation(() => from + ms);
      (joined.transport as WebSocketTransport).check(isLate);
      at.mock.mockImplementation(() => from);
    };
    return { ...joined, check };
  }

  it('is closed if no hello comes within 5 s', async (context) => {
    const { browser, transport, check } = await onClock(context, { greets: false });
    check(4_900);
    assert.equal(transport.stats().state, 'negotiating');
    check(5_100);
    assert.deepEqual(await browser.closed, { code: 4408, reason: 'VIEWER_SILENT' });
  });

  it('is closed after 8 s without a word, but not by a process that was held up and may not have read it', async (context) => {
    const { browser, transport, check, hears } = await onClock(context, { greets: true });
    check(7_900);
    check(8_100, true);
    assert.equal(transport.stats().state, 'connected');
    check(8_100);
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'VIEWER_SILENT');
    assert.equal((await browser.closed).code, 4408);
  });

  it('is sent idle messages, as its page cannot see pings', async (context) => {
    const { browser, check } = await onClock(context, { greets: true });
    check(1_000);
    check(2_100);
    await browser.next('idle');
    assert.equal(browser.messages.filter(({ kind }) => kind === 'idle').length, 1);
  });

  it('is told how long pings take to come back', async (context) => {
    const { browser, check } = await onClock(context, { greets: true });
    // The first one may have come back before the browser's hello.
    check(1_000);
    const { ms } = await browser.next('roundTrip');
    assert.equal(ms, 0);
  });

  it('is pinged, and its round trip is known from the answer', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, hears } = await rig.join();
    // The first ping went out with the hello of the engine: its answer came before the input.
    browser.send(input(key));
    await hears('input');
    const { round_trip_ms } = transport.stats();
    assert.ok(round_trip_ms !== null && round_trip_ms >= 0);
  });
});

describe('the end of a media socket', () => {
  it('is told to the browser as 4000 and the HTTP status, with the code of the error', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, heard } = await rig.join();
    transport.close(new MoonshareError('PEER_REMOVED'));
    transport.close(null);
    assert.deepEqual(await browser.closed, { code: 4410, reason: 'PEER_REMOVED' });
    assert.equal(transport.stats().state, 'closed');
    const [closed, ...others] = heard.slice(2);
    assert.deepEqual([closed?.event === 'closed' && closed.error?.code, others], ['PEER_REMOVED', []]);
  });

  it('by the browser is no error, nor is the end of its connection', async (context) => {
    const rig = await MediaRig.start(context);
    const [leaving, broken] = await Promise.all([rig.join(), rig.join()]);
    leaving.browser.socket.close(1000);
    assert.deepEqual(await leaving.hears('closed'), { event: 'closed', error: null });
    broken.browser.socket.terminate();
    assert.deepEqual(await broken.hears('closed'), { event: 'closed', error: null });
  });

  it('comes after a second if the browser does not answer our close', async (context) => {
    const rig = await MediaRig.start(context);
    const accepted = rig.accept();
    await rig.raw(REQUEST);
    const transport = await accepted.transport;
    context.mock.timers.enable({ apis: ['setTimeout'] });
    transport.close(null);
    const [connection] = rig.sockets;
    context.mock.timers.tick(999);
    assert.equal(connection!.destroyed, false);
    context.mock.timers.tick(1);
    assert.equal(connection!.destroyed, true);
  });

  it('comes with the engine', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join();
    await rig.engine.close();
    assert.deepEqual(await hears('closed'), { event: 'closed', error: null });
    assert.equal((await browser.closed).code, 1000);
    const { transport } = rig.accept();
    const socket = await rig.raw(REQUEST);
    await assert.rejects(transport, { code: 'SHUTTING_DOWN' });
    await once(socket, 'close');
  });

  it('comes for a browser that speaks another version', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join({ greets: false });
    browser.send(Uint8Array.of(129, 2, 0, 0));
    assert.equal((await browser.closed).code, 4406);
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
  });
});

describe('a hostile browser', () => {
  it('without a proper request is refused, and its connection closed', async (context) => {
    const rig = await MediaRig.start(context);
    for (const request of [
      REQUEST.replace('dGhlIHNhbXBsZSBub25jZQ==', 'x'),
      REQUEST.replace('Version: 13', 'Version: 1'),
    ]) {
      const { transport, heard } = rig.accept();
      const socket = await rig.raw(request);
      await assert.rejects(transport, { code: 'BAD_REQUEST' });
      socket.resume();
      await once(socket, 'close');
      assert.deepEqual(heard, []);
    }
  });

  it('is refused beyond the limit of viewers', async (context) => {
    const rig = await MediaRig.start(context, { maxViewers: 1 });
    await rig.join();
    const { transport } = rig.accept();
    const socket = await rig.raw(REQUEST);
    await assert.rejects(transport, { code: 'VIEWER_LIMIT' });
    await once(socket, 'close');
  });

  it('that begins with anything but a hello is closed', async (context) => {
    const rig = await MediaRig.start(context);
    for (const first of [input(key), Uint8Array.of(0), new Uint8Array()]) {
      const { browser, heard } = await rig.join({ greets: false });
      browser.send(first);
      assert.deepEqual(await browser.closed, { code: 4400, reason: 'BAD_REQUEST' });
      assert.equal(heard.length, 1);
    }
  });

  it('that sends garbage is counted and otherwise ignored', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, heard, hears } = await rig.join();
    browser.socket.send('text');
    browser.send(new Uint8Array());
    browser.send(encodeViewerHello({ wantsSound: false, takesSurround: false }));
    browser.send(Uint8Array.of(131, 0, 99));
    browser.send(Uint8Array.of(1, 2, 3));
    browser.send(input(key));
    await hears('input');
    assert.deepEqual([transport.stats().malformed_messages, heard.length], [5, 3]);
    assert.equal(transport.sound, 'unchanged');
  });

  it('that sends messages of 16 MB is closed before they have come', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join();
    browser.send(new Uint8Array(16 * 1024 * 1024));
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
    await browser.closed;
  });

  it('that sends frames without a mask, or endless pieces, is closed', async (context) => {
    const rig = await MediaRig.start(context);
    const piece = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x80]);
    for (const bytes of [
      Buffer.from([0x82, 0x01, 0x80]),
      Buffer.concat([Buffer.from([0x02, 0x81, 0, 0, 0, 0, 0x80]), ...Array(40).fill(piece)]),
    ]) {
      const { hears } = rig.accept();
      const socket = await rig.raw(REQUEST);
      socket.write(bytes);
      socket.resume();
      const closed = await hears('closed');
      assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
      await once(socket, 'close');
    }
  });

  it('that acknowledges the future is ignored, then closed', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, hears } = await rig.join();
    rig.engine.sendVideo(unit(0, { isKey: true, bytes: 60_000 }), [transport]);
    await browser.next('video');
    const future = encodeAcknowledgement({ queued: 0, received: 7, shown: 7, receivedAtMs: 0 });
    for (let count = 0; count < 99; count += 1) browser.send(future);
    browser.send(input(key));
    await hears('input');
    assert.deepEqual([transport.stats().malformed_messages, transport.stats().state], [99, 'connected']);
    browser.send(future);
    assert.deepEqual(await browser.closed, { code: 4400, reason: 'BAD_REQUEST' });
  });

  it('that reads nothing, and acknowledges all the same, is closed before it costs much memory', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, heard } = await rig.join();
    browser.socket.pause();
    const isOpen = () => transport.stats().state === 'connected';
    for (let number = 0; number < 500 && isOpen(); number += 1) {
      rig.engine.sendVideo(unit(number, { isKey: number === 0, bytes: 200_000 }), [transport]);
      browser.acknowledge({ frame: number });
      browser.send(input(key));
      while (isOpen() && heard.filter(({ event }) => event === 'input').length <= number)
        await new Promise(setImmediate);
      (transport as WebSocketTransport).check(false);
    }
    const closed = heard.at(-1)!;
    assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
  });

  it('that floods loses input, lets go of what it holds, and is closed', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, heard, hears } = await rig.join();
    const message = input(key);
    for (let count = 0; count < 20_000; count += 1) browser.send(message);
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'RATE_LIMITED');
    const lost = heard.findIndex(({ event }) => event === 'inputLost');
    assert.ok(lost > 8_000, `${lost} messages were taken`);
    assert.equal(heard.at(-1), closed);
    await browser.closed;
  });

  it('that floods after it was closed is not read', async (context) => {
    const rig = await MediaRig.start(context);
    const { hears } = rig.accept();
    const socket = await rig.raw(REQUEST);
    const message = Buffer.from([0x82, 0x81, 0, 0, 0, 0, 0]);
    // The first is no hello.
    const flood = Buffer.alloc(message.length * 1_000_000, message);
    socket.write(flood);
    socket.resume();
    // It may be reset.
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await Promise.all([hears('closed'), ended]);
    const { bytesRead } = rig.sockets[0]!;
    assert.ok(bytesRead < flood.length / 10, `${bytesRead} bytes were read`);
  });

  it('that floods with pings is closed', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join();
    for (let count = 0; count < 20_000; count += 1) browser.socket.ping();
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'RATE_LIMITED');
  });

  it('that comes back after a flood may watch, with the rest of its budget', async (context) => {
    const rig = await MediaRig.start(context);
    const account = freshAccount();
    while (account.spend('messages', 1, performance.now()) !== 'persistent');
    const { browser, hears } = await rig.join({ account });
    for (let count = 0; count < 10_000; count += 1) browser.send(input(key));
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'RATE_LIMITED');
  });

  it('whose connection is full gets no messages and no answers to its pings', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, hears } = await rig.join();
    browser.socket.pause();
    rig.engine.sendVideo(unit(0, { isKey: true, bytes: 14_000_000 }), [transport]);
    const [connection] = rig.sockets;
    const before = connection!.bytesWritten;
    for (let count = 0; count < 100; count += 1) {
      transport.sendGeneral('ConnectionTerminated');
      browser.socket.ping(Buffer.alloc(100));
    }
    browser.send(input(key));
    await hears('input');
    const more = connection!.bytesWritten - before;
    assert.ok(more < 1_000, `${more} bytes, apart from pings of ours`);
  });

  it('that reads nothing holds no more memory than its window', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport } = await rig.join();
    browser.socket.pause();
    for (let number = 0; number < 2_000; number += 1) {
      rig.engine.sendVideo(unit(number, { isKey: number % 60 === 0, bytes: 20_000 }), [transport]);
      rig.engine.sendAudio(sound(number), [transport]);
      transport.sendGeneral('ConnectionTerminated');
      transport.sendFeedback({ kind: 'rumble', id: number % 16, low: number, high: 0 });
    }
    const { bytes_sent } = transport.stats();
    assert.ok(bytes_sent < 1_000_000, `${bytes_sent} bytes`);
  });
});
