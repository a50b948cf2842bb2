import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionKeys, HostClient } from '@moonshare/gamestream';
import { startVirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { DESKTOP, SETTINGS, stateWhere, TestClient } from '../testing/client.ts';

const PIN = '1234';

test('while an app is prepared only HTTP serves clients, and the app starts although its client has left', async (t) => {
  const basePort = await findFreeBasePort();
  const host = await startVirtualHost({ basePort, bind: '127.0.0.1', pin: PIN, quirks: { launchMs: 2_000 } });
  t.after(() => host.close());
  const [first, second] = [await TestClient.paired(host, PIN), await TestClient.paired(host, PIN)];
  await second.http.serverInfo();
  const impatient = new AbortController();
  const request = { appId: DESKTOP, settings: SETTINGS, keys: createSessionKeys(), gamepadMask: 0 };
  const launched = first.http.launch(request, { signal: impatient.signal });
  launched.catch(() => {}); // awaited below
  // Starts to fail once the launch has arrived.
  await assert.rejects(
    async () => {
      for (;;) await second.http.serverInfo({ timeoutMs: 300 });
    },
    { code: 'HOST_TIMEOUT' },
  );
  await assert.rejects(second.http.cancel({ signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' });
  assert.equal((await new HostClient({ address: '127.0.0.1', httpPort: host.httpPort }).serverInfo()).currentGame, 0);
  impatient.abort(new Error('gone'));
  await assert.rejects(launched, /gone/);
  await stateWhere(host, ({ app }) => app !== null);
  assert.equal((await second.http.serverInfo()).currentGame, DESKTOP);
  await second.http.cancel();
});
