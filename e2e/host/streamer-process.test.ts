import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  decodeMediaMessage,
  encodeAcknowledgement,
  encodeInput,
  encodeMediaInput,
  encodeViewerHello,
  type FromStreamer,
  fromStreamerSchema,
  type MediaMessage,
  type ToStreamer,
} from '@moonshare/contract';
import { WebSocket } from 'ws';
import { PairedHost, until } from './paired-host.ts';
import { isUp, streamerInit } from './test-streamer.ts';

const ENTRY = fileURLToPath(import.meta.resolve('@moonshare/streamer/main'));

/** The server's side of a forked streamer. */
class Forked {
  readonly child: ChildProcess;
  readonly exited: Promise<[code: number | null, signal: string | null]>;
  log = '';
  #waiting: { wanted: (message: FromStreamer) => boolean; resolve: (message: FromStreamer) => void }[] = [];
  readonly #ready = this.next(({ type }) => type === 'ready');

  constructor(execArgv: string[] = []) {
    this.child = fork(ENTRY, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv });
    this.exited = once(this.child, 'exit') as typeof this.exited;
    this.child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.log += text;
    });
    this.child.on('message', (raw) => {
      const message = fromStreamerSchema.parse(raw);
      if (message.type === 'launchWanted') this.send({ type: 'launchGranted' });
      const waiting = this.#waiting;
      this.#waiting = waiting.filter(({ wanted }) => !wanted(message));
      for (const { wanted, resolve } of waiting) if (wanted(message)) resolve(message);
    });
  }

  send(message: ToStreamer): void {
    this.child.send(message);
  }

  next(wanted: (message: FromStreamer) => boolean): Promise<FromStreamer> {
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  async stream(host: PairedHost, changes: { resume?: boolean } = {}): Promise<void> {
    const up = this.next(isUp);
    await this.#ready;
    this.send(streamerInit(host, { logLevel: 'trace', ...changes }));
    this.send({ type: 'launchGranted' });
    const end = await up;
    assert.ok(end.type === 'hostState' && end.host.state === 'streaming', JSON.stringify(end));
  }
}

describe('a forked streamer', () => {
  let host: PairedHost;
  let streamer: Forked;

  before(async () => {
    host = await PairedHost.start();
  });

  after(() => host.close());

  afterEach(() => {
    streamer.child.kill('SIGKILL');
    return host.client.cancel();
  });

  async function start(): Promise<void> {
    streamer = new Forked();
    await streamer.stream(host);
  }

  /** Ending the app is up to the server. */
  async function assertNoSession(): Promise<void> {
    const { sessions, app } = await host.state();
    assert.deepEqual(sessions, []);
    assert.notEqual(app, null);
  }

  /** What a process writes may only be readable after its messages, and after its end. */
  async function logged(what: RegExp): Promise<void> {
    await until(
      async () => streamer.log,
      (log) => what.test(log),
    );
  }

  test('streams, sends heartbeats, ends on request, leaves no session, and keeps secrets out of its log', async () => {
    await start();
    const beat = await streamer.next(({ type }) => type === 'heartbeat');
    assert.ok(beat.type === 'heartbeat' && beat.memoryBytes > 30e6);
    streamer.send({ type: 'addPeer', peerId: 'one', role: 'full' });
    const closed = streamer.next((message) => message.type === 'peerClosed' && message.peerId === 'one');
    streamer.send({ type: 'stop' });
    await closed;
    assert.deepEqual(await streamer.exited, [0, null]);
    await assertNoSession();
    await logged(/"state":"ended"/);
    assert.doesNotMatch(streamer.log, /PRIVATE KEY|rikey|BEGIN CERTIFICATE/);
  });

  test('destroys sockets that it does not expect, and is there after that', async () => {
    await start();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const unexpected = [
      { type: 'getStats', requestId: 1 },
      { type: 'mediaSocket', peerId: 'nobody', request: { url: '/', headers: {} }, head: '!' },
    ];
    for (const message of unexpected) {
      const [[received], browser] = await Promise.all([once(server, 'connection'), connect(port, '127.0.0.1')]);
      streamer.child.send(message, received as Socket);
      await once(browser.resume(), 'close');
    }
    server.close();
    const answer = streamer.next(({ type }) => type === 'stats');
    streamer.send({ type: 'mediaSocket', peerId: 'nobody', request: { url: '/', headers: {} }, head: '' });
    streamer.send({ type: 'getStats', requestId: 2 });
    await answer;
  });

  test('carries picture, sound and input on a socket that it was passed, and ends it with the viewer', async () => {
    await start();
    const server = createHttpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.once('upgrade', ({ url, headers }, socket: Socket, head: Buffer) => {
      const names = ['connection', 'upgrade', 'sec-websocket-key', 'sec-websocket-version'];
      const request = { url, headers: Object.fromEntries(names.map((name) => [name, headers[name]])) };
      streamer.child.send({ type: 'mediaSocket', peerId: 'one', request, head: head.toString('base64') }, socket);
    });
    streamer.send({ type: 'addPeer', peerId: 'one', role: 'full', transports: ['websocket'] });
    const carried = streamer.next(({ type }) => type === 'peerTransport');
    const browser = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/media`);
    const kinds: MediaMessage['kind'][] = [];
    const enough = new Promise<void>((resolve) => {
      browser.on('message', (data: Buffer) => {
        const message = decodeMediaMessage(data)!;
        if (message.kind === 'video') {
          assert.ok(message.isKey || kinds.includes('video'), 'it begins with a key frame');
          const received = message.frame;
          browser.send(encodeAcknowledgement({ queued: 0, received, shown: received, receivedAtMs: 0 }));
        }
        kinds.push(message.kind);
        if (kinds.includes('audio') && kinds.filter((kind) => kind === 'video').length >= 60) resolve();
      });
    });
    await once(browser, 'open');
    browser.send(encodeViewerHello({ wantsSound: true, takesSurround: false }));
    browser.send(encodeMediaInput(encodeInput({ kind: 'key', down: true, modifiers: 0, virtualKey: 0x57 })));
    await enough;
    assert.equal(kinds[0], 'hello');
    assert.deepEqual(await carried, { type: 'peerTransport', peerId: 'one', transport: 'websocket' });
    const answer = streamer.next(({ type }) => type === 'stats');
    streamer.send({ type: 'getStats', requestId: 1 });
    const stats = await answer;
    assert.ok(stats.type === 'stats');
    assert.equal(stats.stats.input.events.key, 1);
    const [viewer] = stats.stats.viewers;
    assert.deepEqual([viewer?.transport, viewer?.state], ['websocket', 'connected']);
    const closed = once(browser, 'close');
    streamer.send({ type: 'removePeer', peerId: 'one' });
    assert.equal((await closed)[0], 1000);
    server.close();
  });

  test('ends the session and itself when its server dies', async () => {
    await start();
    streamer.child.disconnect();
    assert.deepEqual(await streamer.exited, [0, null]);
    await assertNoSession();
  });

  test('leaves the session on SIGTERM, but not the app, which others may use: only the server ends it', async () => {
    await start();
    streamer.send({ type: 'addPeer', peerId: 'one', role: 'full' });
    const added = streamer.next(({ type }) => type === 'stats');
    streamer.send({ type: 'getStats', requestId: 1 });
    await added;
    // The next process takes over the viewers: they must not be told of an end.
    let told: FromStreamer | null = null;
    const isEnd = (m: FromStreamer) => m.type === 'peerClosed' || m.type === 'hostState';
    void streamer.next(isEnd).then((message) => {
      told = message;
    });
    streamer.child.kill('SIGTERM');
    assert.deepEqual(await streamer.exited, [143, null]);
    assert.equal(told, null);
    const { sessions, app } = await host.state();
    assert.deepEqual(sessions, []);
    assert.notEqual(app, null);
  });

  test('exits with an error code on a fault of its own, and logs it', async () => {
    const fault = 'data:text/javascript,process.once("SIGUSR2", () => { throw new Error("a fault of ours") })';
    streamer = new Forked(['--import', fault]);
    await streamer.stream(host);
    streamer.child.kill('SIGUSR2');
    assert.deepEqual(await streamer.exited, [1, null]);
    await logged(/a fault of ours/);
    await host.client.cancel();
  });

  test('reports that its UDP port is taken', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    streamer = new Forked();
    await streamer.next(({ type }) => type === 'ready');
    const isTold = streamer.next(({ type }) => type === 'portTaken');
    const { webrtc, ...init } = streamerInit(host);
    streamer.send({ ...init, webrtc: { ...webrtc, udpPort: taken.address().port } });
    await isTold;
    streamer.send({ type: 'stop' });
    assert.deepEqual(await streamer.exited, [0, null]);
    taken.close();
  });
});

test('the process that follows a killed one receives nothing that the host still sends to the dead one', async () => {
  // The host notices the death only after seconds; until then it serves both.
  const host = await PairedHost.start({ sessions: 2 });
  const [first, second] = [new Forked(), new Forked()];
  try {
    await first.stream(host);
    first.child.kill('SIGKILL');
    await first.exited;
    await second.stream(host, { resume: true });
    const frames = async () => {
      const answer = second.next(({ type }) => type === 'stats');
      second.send({ type: 'getStats', requestId: 1 });
      const message = await answer;
      assert.ok(message.type === 'stats');
      return message.stats.host.video;
    };
    const { dropped_datagrams } = await until(frames, (video) => video.frames >= 30);
    assert.equal(dropped_datagrams, 0);
  } finally {
    second.child.kill('SIGKILL');
    await host.close();
  }
});

test('a forked streamer ends when server and host die together', async () => {
  const host = await PairedHost.start();
  const streamer = new Forked();
  try {
    await streamer.stream(host);
    await host.kill();
    streamer.child.disconnect();
    assert.deepEqual(await streamer.exited, [0, null]);
  } finally {
    streamer.child.kill('SIGKILL');
    await host.close();
  }
});

test('run without a server, the streamer says what to do', () => {
  const run = spawnSync(process.execPath, [ENTRY], { encoding: 'utf8' });
  assert.equal(run.status, 2);
  assert.match(run.stderr, /npm start/);
});
