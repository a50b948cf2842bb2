// Mostly waits: for hosts to notice that a client is dead.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ControlCipher,
  createSessionKeys,
  EnetSocket,
  encodeClientMessage,
  type GameStream,
  rtspHandshake,
} from '@moonshare/gamestream';
import { findFreeBasePort, startVirtualHost } from '@moonshare/virtual-host';
import type { ProfileName } from '../../packages/virtual-host/ports.ts';
import type { Quirks } from '../../packages/virtual-host/quirks.ts';
import {
  collect,
  DESKTOP,
  SETTINGS,
  stateWhere,
  TestClient,
  units,
} from '../../packages/virtual-host/testing/client.ts';

const PIN = '7531';

async function started(like: ProfileName, quirks: Quirks = {}) {
  const host = await startVirtualHost({
    basePort: await findFreeBasePort(),
    bind: '127.0.0.1',
    pin: PIN,
    like,
    quirks,
    sessions: 2,
    // Few, as nobody looks at the picture while the host waits for the dead client.
    maxFps: 10,
  });
  return { host, client: await TestClient.paired(host, PIN) };
}

/** Launches and connects control: what a killed client leaves behind. `leave` disconnects properly in its name. */
async function connected({ host, http }: TestClient): Promise<{ kill(): Promise<void>; leave(): Promise<void> }> {
  const keys = createSessionKeys();
  const settings = SETTINGS;
  const serverInfo = await http.serverInfo();
  const { sessionUrl } = await http.launch({ appId: DESKTOP, settings, keys, gamepadMask: 0 });
  const { connectData } = await rtspHandshake({ address: '127.0.0.1', sessionUrl, keys, settings, serverInfo });
  const control = new EnetSocket({ slots: 1 });
  const peer = await control.connect({ address: '127.0.0.1', port: host.ports.control, data: connectData });
  const cipher = new ControlCipher({ key: keys.key, style: 'old', role: 'client' });
  const { plain, mode } = encodeClientMessage({ type: 'requestIdr' });
  control.send(peer, 0, cipher.seal(plain), mode);
  await stateWhere(host, ({ sessions }) => sessions[0]!.controlMessages === 1);
  const kill = () => control.close();
  return { kill, leave: () => control.disconnect(peer, 'reliable').then(kill) };
}

/** The stream's media have stopped, and only they: an IDR request reaches the host and changes nothing. */
async function isPaused(stream: GameStream, adminPort: number): Promise<void> {
  await stateWhere({ adminPort }, ({ sessions }) => sessions[0]!.state === 'paused');
  let arrived = 0;
  stream.on('video', () => {
    arrived += 1;
  });
  const { sessions } = await stateWhere({ adminPort }, () => true);
  stream.requestIdr();
  const pings = sessions[0]!.pings.control;
  const later = await stateWhere(
    { adminPort },
    (state) =>
      state.sessions[0]!.idrRequests > sessions[0]!.idrRequests && state.sessions[0]!.pings.control > pings + 5,
  );
  const [now, then] = [later.sessions[0]!, sessions[0]!];
  assert.deepEqual([now.framesSent, now.audioPackets], [then.framesSent, then.audioPackets]);
  assert.equal(arrived, 0);
}

// Hosts notice a dead client after some 5.5 s.
for (const like of ['wolf', 'wolf-2026'] as const) {
  describe(`${like}: the end of an old connection`, { concurrency: true }, () => {
    test("through its client's death stops the media of the session that took over, until that is resumed", async (t) => {
      const { host, client } = await started(like);
      t.after(() => host.close());
      const dead = await connected(client);
      await dead.kill();
      const stream = await client.stream('resume');
      await Promise.all([units(stream, 5), collect(stream, 'audio', 5)]);
      await isPaused(stream, host.adminPort);
      await stream.close();
      await stateWhere(host, ({ sessions }) => sessions.length === 0);
      const again = await client.stream('resume');
      await Promise.all([units(again, 10), collect(again, 'audio', 10)]);
      await again.close();
    });

    test('through a proper disconnect does the same', async (t) => {
      const { host, client } = await started(like);
      t.after(() => host.close());
      const old = await connected(client);
      const stream = await client.stream('resume');
      await units(stream, 5);
      await old.leave();
      await isPaused(stream, host.adminPort);
      await stream.close();
    });

    test('changes nothing with the quirk pausesOnDeath=off', async (t) => {
      const { host, client } = await started(like, { pausesOnDeath: 'off' });
      t.after(() => host.close());
      const old = await connected(client);
      const stream = await client.stream('resume');
      await old.leave();
      await Promise.all([units(stream, 10), collect(stream, 'audio', 200)]);
      await stream.close();
    });
  });
}

test("with the quirk pausesOnDeath=on, Sunshine pauses a client's other sessions when one ends", async (t) => {
  const { host, client } = await started('sunshine', { pausesOnDeath: 'on' });
  t.after(() => host.close());
  const one = await client.stream('launch');
  const two = await client.stream('resume');
  await Promise.all([units(one, 5), units(two, 5)]);
  await one.close();
  await isPaused(two, host.adminPort);
  await two.close();
});
