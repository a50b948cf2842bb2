import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createSessionKeys } from '@moonshare/gamestream';
import { RECORDINGS, recordedRtsp } from '../../../fixtures/recordings.ts';
import { OPUS_MODES } from '../encode/opus-modes.ts';
import { startVirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { DESKTOP, SETTINGS, TestClient } from '../testing/client.ts';

/** Each with the kind of Wolf that it recorded. */
const WOLF = RECORDINGS.flatMap((recording) => {
  if (!recording.name.startsWith('wolf')) return [];
  return [{ recording, like: recording.name.startsWith('wolf26') ? ('wolf-2026' as const) : ('wolf' as const) }];
});

for (const { recording, like } of WOLF) {
  test(`${recording.name}: the recorded client is answered as the real Wolf answered it`, async (t) => {
    const basePort = await findFreeBasePort();
    const dialogue = recordedRtsp(recording, 'host');
    const payload = /X-SS-Ping-Payload: (.*)\r/.exec(dialogue.join(''))?.[1];
    const sessionAddress = /Host: (.*)\r/.exec(recordedRtsp(recording, 'client').join(''))![1]!;
    const quirks = payload === undefined ? {} : { pingPayload: payload, sessionAddress };
    const host = await startVirtualHost({ basePort, bind: '127.0.0.1', pin: '1234', like, quirks });
    t.after(() => host.close());
    const client = await TestClient.paired(host, '1234');
    await client.http.launch({ appId: DESKTOP, settings: SETTINGS, keys: createSessionKeys(), gamepadMask: 0 });
    const replies: string[] = [];
    for (const request of recordedRtsp(recording, 'client')) {
      const socket = connect(host.ports.rtsp, '127.0.0.1');
      socket.write(request, 'latin1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      // Also when it ends with a reset.
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('close', resolve));
      replies.push(Buffer.concat(chunks).toString('latin1'));
    }
    const { video, audio, control } = host.ports;
    const real = dialogue.map((reply) =>
      reply
        .replace('=48100', `=${video}`)
        .replace('=48200', `=${audio}`)
        .replace('=47999', `=${control}`)
        .replace('=85301423675', `=${OPUS_MODES[8].digits}`),
    );
    // Random, so the recorded value is put in its place.
    const connectData = /X-SS-Connect-Data: \d+/;
    const ours = replies.map((reply, at) => reply.replace(connectData, connectData.exec(real[at]!)?.[0] ?? ''));
    assert.deepEqual(ours, real);
  });
}
