import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { loadNative } from '@moonshare/webrtc';
import { createWebRtcEngine } from './engine.ts';
import { joinViewer, liveViewer, picture } from './testing/joined-viewer.ts';
import { FORMAT } from './testing/playback.ts';

describe('the engine', () => {
  it('takes as many viewers as allowed despite garbage on its port, and closes them when it closes', async (t) => {
    const small = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 1 });
    t.after(() => small.close());
    small.setFormat(FORMAT);
    const socket = createSocket('udp4');
    const stunStart = Buffer.from('000100002112a442', 'hex');
    for (const garbage of [
      Buffer.alloc(0),
      Buffer.alloc(1),
      Buffer.alloc(1400, 0x80),
      stunStart,
      Buffer.alloc(60, 0x16),
    ])
      await new Promise((resolve) => socket.send(garbage, small.port, '127.0.0.1', resolve));
    socket.close();
    const { events, peer } = joinViewer(t, small);
    assert.throws(() => joinViewer(t, small), { code: 'VIEWER_LIMIT' });
    const connected = once(events, 'connected');
    peer.offer({ media: true });
    await connected;
    const closed = once(events, 'closed');
    await small.close();
    assert.deepEqual(await closed, [null]);
    assert.throws(() => joinViewer(t, small), { code: 'SHUTTING_DOWN' });
  });

  it('cannot be created on a port in use', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    await assert.rejects(
      createWebRtcEngine({ iceServers: [], udpPort: port, bindAddress: '127.0.0.1', maxViewers: 1 }),
      {
        code: 'UDP_PORTS_EXHAUSTED',
      },
    );
    socket.close();
  });

  for (const stack of ['native', 'node-datachannel'] as const)
    it(`cannot be created at an address that this machine does not have, and says so: ${stack}`, {
      skip: stack === 'native' && 'reason' in loadNative(),
    }, async () => {
      await assert.rejects(
        createWebRtcEngine({ iceServers: [], udpPort: 30_000, bindAddress: '192.0.2.1', maxViewers: 1, stack }),
        { code: 'BIND_ADDRESS_MISSING' },
      );
    });

  it('connects its viewers only once it knows the stream', async (t) => {
    const late = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 1, bindAddress: '127.0.0.1' });
    t.after(() => late.close());
    const { events, peer, viewer } = joinViewer(t, late);
    const answered = once(events, 'signal');
    peer.offer({ media: true });
    await answered;
    await peer.channel('keyboard');
    assert.equal(viewer.stats().state, 'negotiating');
    const connected = once(events, 'connected');
    late.setFormat({ ...FORMAT, touch: false });
    await connected;
  });

  it('returns the viewers that could not take a frame', async (t) => {
    const engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 4, bindAddress: '127.0.0.1' });
    t.after(() => engine.close());
    engine.setFormat(FORMAT);
    const [ready, waiting] = [await liveViewer(t, engine), joinViewer(t, engine)];
    const viewers = [ready.viewer, waiting.viewer];
    assert.deepEqual(engine.sendVideo(picture(), viewers), [waiting.viewer]);
    assert.equal(waiting.viewer.stats().frames_dropped, 1);
    assert.deepEqual(
      engine.sendVideo({ ...picture(), data: Buffer.alloc(3000, 1).fill('\0\0\x01A') }, viewers),
      viewers,
    );
    assert.deepEqual(engine.sendVideo({ ...picture(), data: Buffer.alloc(0) }, []), []);
  });
});
