import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createSessionKeys } from '@moonshare/gamestream';
import { RECORDINGS, recordedRtsp } from '../../../fixtures/recordings.ts';
import { OPUS_MODES } from '../encode/opus-encoder.ts';
import { startVirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { DESKTOP, SETTINGS, TestClient } from '../testing/client.ts';

const WOLF = RECORDINGS.filter(({ name }) => name.startsWith('wolf-'));

for (const of of WOLF) {
  test(`${of.name}: the recorded client is answered as the real Wolf answered it`, async (t) => {
    const basePort = await findFreeBasePort();
    const host = await startVirtualHost({ basePort, bind: '127.0.0.1', pin: '1234', like: 'wolf' });
    t.after(() => host.close());
    const client = await TestClient.paired(host, '1234');
    await client.http.launch({ appId: DESKTOP, settings: SETTINGS, keys: createSessionKeys(), gamepadMask: 0 });
    const replies: string[] = [];
    for (const request of recordedRtsp(of, 'client')) {
      const socket = connect(host.ports.rtsp, '127.0.0.1');
      socket.write(request, 'latin1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      // By a reset too.
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('close', resolve));
      replies.push(Buffer.concat(chunks).toString('latin1'));
    }
    const { video, audio, control } = host.ports;
    const real = recordedRtsp(of, 'host').map((reply) =>
      reply
        .replace('=48100', `=${video}`)
        .replace('=48200', `=${audio}`)
        .replace('=47999', `=${control}`)
        .replace('=85301423675', `=${OPUS_MODES[8].digits}`),
    );
    assert.deepEqual(replies, real);
  });
}
