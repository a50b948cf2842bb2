import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { type AccessUnit, type GameStream, GameStreamError, type InputPacket } from '@moonshare/gamestream';
import { PairedHost, SETTINGS, until } from './paired-host.ts';

/** Collects frames; `next` resolves with the first matching one from now on. */
class Frames {
  readonly all: AccessUnit[] = [];
  readonly #stream: GameStream;

  constructor(stream: GameStream) {
    this.#stream = stream;
    stream.on('video', (unit) => this.all.push(unit));
  }

  next(wanted: (unit: AccessUnit) => boolean): Promise<AccessUnit> {
    return new Promise((resolve) => {
      const look = (unit: AccessUnit) => {
        if (!wanted(unit)) return;
        this.#stream.off('video', look);
        resolve(unit);
      };
      this.#stream.on('video', look);
    });
  }

  async count(frames: number): Promise<void> {
    let seen = 0;
    await this.next(() => ++seen >= frames);
  }

  /** Every frame but a key frame directly follows its reference. */
  assertDecodable(): void {
    assert.ok(this.all[0]?.keyFrame);
    for (const [index, unit] of this.all.entries()) {
      if (!unit.keyFrame) assert.equal(unit.frameIndex, this.all[index - 1]!.frameIndex + 1);
    }
  }
}

describe('a stream from a real host', () => {
  let host: PairedHost;

  before(async () => {
    host = await PairedHost.start();
  });

  after(() => host.close());

  test('opens stage by stage, and delivers picture and sound', async () => {
    const stream = await host.launch();
    const stages: string[] = [];
    stream.on('stage', (stage, step) => stages.push(`${stage} ${step}`));
    const frames = new Frames(stream);
    const sound = once(stream, 'audio');
    await stream.open();
    assert.deepEqual(stages, ['rtsp start', 'rtsp done', 'control start', 'control done', 'video start', 'video done']);
    assert.ok(frames.all[0]?.keyFrame);
    await frames.count(30);
    const [packet] = await sound;
    assert.equal(packet.durationMs, 5);
    frames.assertDecodable();
    assert.equal(stream.stats().video?.framesLost, 0);
    await stream.close();
    await host.client.cancel();
  });

  test('input arrives decoded and in order', async () => {
    const stream = await host.launch();
    await stream.open();
    const sent: InputPacket[] = [
      { kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 },
      { kind: 'keyUp', keyCode: 0x41, modifiers: 0, flags: 0 },
      { kind: 'mousePosition', x: 10, y: 20, width: 640, height: 360 },
      { kind: 'mouseDown', button: 1 },
      { kind: 'mouseUp', button: 1 },
      { kind: 'text', text: 'ü' },
    ];
    for (const packet of sent) stream.send(packet);
    const kinds = sent.map(({ kind }) => kind);
    const seen = await until(
      () => host.input(...kinds),
      (all) => all.length >= sent.length,
    );
    // Keys, mouse and text travel on separate channels: order holds within each (protocol/2 §4.8).
    for (const channel of [['keyDown', 'keyUp'], ['mousePosition', 'mouseDown', 'mouseUp'], ['text']]) {
      const inChannel = (all: readonly { kind: string }[]) =>
        all.map((p) => p.kind).filter((kind) => channel.includes(kind));
      assert.deepEqual(inChannel(seen), inChannel(sent));
    }
    const position = seen.find(({ kind }) => kind === 'mousePosition');
    assert.deepEqual([position?.x, position?.y], [10, 20]);
    await stream.close();
    await host.client.cancel();
  });

  test('a key frame arrives when it is requested, and only then', async () => {
    const stream = await host.launch();
    const frames = new Frames(stream);
    await stream.open();
    await frames.count(60);
    assert.equal(frames.all.filter(({ keyFrame }) => keyFrame).length, 1);
    stream.requestIdr();
    await frames.next(({ keyFrame }) => keyFrame);
    assert.equal(stream.stats().idrRequests, 1);
    await stream.close();
    await host.client.cancel();
  });

  test('closing leaves the session: the host stops sending, and the app runs on and can be resumed', async () => {
    const stream = await host.launch();
    const ended = once(stream, 'ended');
    await stream.open();
    await stream.close();
    assert.deepEqual(await ended, [{ type: 'local' }]);
    await until(
      () => host.state(),
      ({ sessions }) => sessions.every(({ state }) => state !== 'connected'),
    );
    assert.equal((await host.client.serverInfo()).currentGame, host.app.id);
    const again = await host.launch();
    await again.open();
    await again.close();
    await host.client.cancel();
    assert.equal((await host.client.serverInfo()).currentGame, 0);
  });

  test('the end of the app is reported with its code', async () => {
    const stream = await host.launch();
    const ended = once(stream, 'ended');
    await stream.open();
    await host.endApp();
    assert.deepEqual(await ended, [{ type: 'terminated', code: 0x80030023 }]);
    stream.send({ kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 });
    await stream.close();
  });

  test('an aborted opening closes everything and rejects with the reason', async () => {
    const stream = await host.launch();
    const why = new Error('changed my mind');
    const abort = new AbortController();
    stream.on('stage', (stage, step) => {
      if (stage === 'control' && step === 'start') abort.abort(why);
    });
    await assert.rejects(stream.open({ signal: abort.signal }), (error) => error === why);
    await assert.rejects(stream.open(), GameStreamError);
    await host.client.cancel();
  });

  test('a session unknown to the host fails with an error code', async () => {
    const stream = await host.launch();
    await host.client.cancel();
    await assert.rejects(stream.open(), (error) => error instanceof GameStreamError && error.code !== 'MALFORMED');
  });

  for (const settings of [
    { ...SETTINGS, codec: 'hevc' as const },
    { ...SETTINGS, encrypt: 'all' as const },
    { ...SETTINGS, audioPacketMs: 10 as const, encrypt: 'demanded' as const },
  ]) {
    const { codec, encrypt, audioPacketMs } = settings;
    test(`streams ${codec} with encryption "${encrypt}" and audio packets of ${audioPacketMs} ms`, async () => {
      const stream = await host.launch(settings);
      const frames = new Frames(stream);
      const sound = once(stream, 'audio');
      await stream.open();
      await Promise.all([frames.count(10), sound]);
      frames.assertDecodable();
      await stream.close();
      await host.client.cancel();
    });
  }
});

describe('a lossy network', () => {
  let host: PairedHost;

  before(async () => {
    host = await PairedHost.start();
  });

  after(() => host.close());

  test('at 5 % loss every delivered frame can be decoded, and most damaged frames are repaired', async () => {
    const stream = await host.launch();
    const frames = new Frames(stream);
    await stream.open();
    await host.drop(5);
    await frames.count(150);
    await host.drop(0);
    frames.assertDecodable();
    const { recoveredFrames, video } = stream.stats();
    assert.ok(recoveredFrames > 0);
    assert.ok(video!.framesLost < recoveredFrames);
    await stream.close();
    await host.client.cancel();
  });

  test('at 30 % loss every delivered frame can be decoded, and frames flow again when the loss stops', async () => {
    const stream = await host.launch();
    const frames = new Frames(stream);
    await stream.open();
    await host.drop(30);
    await once(stream, 'videoLost');
    await once(stream, 'videoLost');
    await host.drop(0);
    // Its key frame may have come before this: what counts is that frames arrive, and fit.
    await frames.count(30);
    frames.assertDecodable();
    await stream.close();
    await host.client.cancel();
  });
});

test('the death of the host is noticed', async () => {
  const host = await PairedHost.start();
  try {
    const stream = await host.launch();
    const ended = once(stream, 'ended');
    await stream.open();
    await host.kill();
    assert.deepEqual(await ended, [{ type: 'lost' }]);
  } finally {
    await host.close();
  }
});

test('a host without encrypted RTSP streams too', async () => {
  const host = await PairedHost.start({ encryptedRtsp: false });
  try {
    const stream = await host.launch();
    await stream.open();
    await stream.close();
  } finally {
    await host.close();
  }
});

test('a host that requires encryption gets it', async () => {
  const host = await PairedHost.start({ encryption: 'required' });
  try {
    const stream = await host.launch();
    await stream.open();
    assert.deepEqual(stream.session.encryption, { controlV2: true, video: true, audio: true });
    await stream.close();
  } finally {
    await host.close();
  }
});
