// Mostly waits: for picture and sound of dozens of streams.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AccessUnit, createSessionKeys, rtspHandshake } from '@moonshare/gamestream';
import { findFreeBasePort, startVirtualHost, type VirtualHostOptions } from '@moonshare/virtual-host';
import type { ProfileName } from '../../packages/virtual-host/ports.ts';
import { PROFILES } from '../../packages/virtual-host/profiles/profiles.ts';
import type { Quirks } from '../../packages/virtual-host/quirks.ts';
import { ALL_QUIRKS, ODD_PAYLOAD } from '../../packages/virtual-host/testing/all-quirks.ts';
import { collect, DESKTOP, SETTINGS, TestClient, units } from '../../packages/virtual-host/testing/client.ts';

async function paired(t: TestContext, options: VirtualHostOptions): Promise<TestClient> {
  const host = await startVirtualHost({
    basePort: await findFreeBasePort(),
    bind: '127.0.0.1',
    pin: '1111',
    ...options,
  });
  t.after(() => host.close());
  return TestClient.paired(host, '1111');
}

const cases: { name: string; options: VirtualHostOptions }[] = [
  {
    name: 'a ping payload of odd characters and an unreachable session address',
    options: { quirks: { pingPayload: ODD_PAYLOAD, sessionAddress: '203.0.113.7' } },
  },
  { name: 'RTSP byte by byte, in the clear', options: { quirks: { rtspBytewise: true }, encryptedRtsp: false } },
  {
    name: 'a reset after each RTSP reply, in the clear',
    options: { quirks: { rtspReset: true }, encryptedRtsp: false },
  },
  {
    name: 'connections that stay open, RTSP in the clear',
    options: { quirks: { neverClose: true }, encryptedRtsp: false },
  },
  { name: 'smaller packets than requested', options: { quirks: { packetSize: 700 } } },
  {
    name: 'smaller packets than requested, all encrypted',
    options: { quirks: { packetSize: 700 }, encryption: 'required' },
  },
  { name: 'frames of 5 kB and more', options: { quirks: { frameBytes: 5_000 } } },
  { name: 'encryption required', options: { encryption: 'required' } },
  { name: 'encryption off', options: { encryption: 'off' } },
];

for (const { name, options } of cases) {
  test(`our client streams from a host with ${name}`, async (t) => {
    const client = await paired(t, options);
    const all: AccessUnit[] = [];
    const change = { encrypt: 'offered' } as const;
    const stream = await client.stream('launch', change, (opening) => opening.on('video', (unit) => all.push(unit)));
    await Promise.all([units(stream, 10), collect(stream, 'audio', 10)]);
    const { video } = stream.stats();
    assert.deepEqual([video?.framesLost, video?.invalid, video?.undecryptable], [0, 0, 0]);
    if (options.encryption === 'required') {
      assert.deepEqual(stream.session.encryption, { controlV2: true, video: true, audio: true });
    }
    if (options.encryption === 'off') {
      assert.deepEqual(stream.session.encryption, { controlV2: true, video: false, audio: true });
    }
    if (options.quirks?.packetSize !== undefined) {
      const overhead = stream.session.encryption.video ? 32 : 0;
      assert.equal(video!.bytes / video!.datagrams, 700 + 16 + overhead);
    }
    for (const { data } of all) assert.ok(data.length >= (options.quirks?.frameBytes ?? 0), `${data.length} bytes`);
    await stream.close();
    await client.http.cancel();
  });
}

const half = (odd: 0 | 1): Quirks =>
  Object.fromEntries(Object.entries(ALL_QUIRKS).filter((_, index) => index % 2 === odd));
/** Some quirks hide others, as a reset hides the connection that stays open: hence also two halves. */
const COMBINATIONS: Quirks[] = [ALL_QUIRKS, half(0), half(1)];

for (const like of Object.keys(PROFILES) as ProfileName[]) {
  for (const quirks of COMBINATIONS) {
    const name = quirks === ALL_QUIRKS ? 'all quirks at once' : Object.keys(quirks).join(', ');
    test(`${like} with ${name}: our client pairs, launches, streams, resumes and cancels`, async (t) => {
      const client = await paired(t, { like, quirks });
      for (const verb of ['launch', 'resume'] as const) {
        const stream = await client.stream(verb, { encrypt: 'offered' });
        await Promise.all([units(stream, 3), collect(stream, 'audio', 3)]);
        await stream.close();
      }
      await client.http.cancel();
      assert.equal((await client.http.serverInfo()).busy, false);
    });
  }
}

test('losses are repaired with smaller packets than requested', async (t) => {
  const client = await paired(t, { quirks: { packetSize: 700 } });
  const stream = await client.stream('launch');
  const { adminPort } = client.host;
  await fetch(`http://127.0.0.1:${adminPort}/drop`, { method: 'POST', body: '{"percent":5}' });
  await units(stream, 90);
  const { recoveredFrames, video } = stream.stats();
  assert.ok(recoveredFrames > 0);
  assert.ok(video!.framesLost < recoveredFrames);
  await stream.close();
});

test("a client that does not echo the session URL's address gets no session", async (t) => {
  const { http } = await paired(t, { quirks: { sessionAddress: '203.0.113.7' } });
  const keys = createSessionKeys();
  const settings = SETTINGS;
  const serverInfo = await http.serverInfo();
  const { sessionUrl } = await http.launch({ appId: DESKTOP, settings, keys, gamepadMask: 0 });
  assert.match(sessionUrl, /^rtspenc:\/\/203\.0\.113\.7:\d+$/);
  const wrong = sessionUrl.replace('203.0.113.7', '127.0.0.1');
  const handshake = rtspHandshake({ address: '127.0.0.1', sessionUrl: wrong, keys, settings, serverInfo });
  await assert.rejects(handshake, { code: 'NO_SESSION' });
});
