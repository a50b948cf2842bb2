import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientIdentity, pair } from '@moonshare/gamestream';
import { startVirtualHost } from '../host.ts';
import type { ProfileName } from '../ports.ts';
import { findFreeBasePort } from '../ports.ts';
import { admin, hostState, stateWhere } from '../testing/client.ts';
import { PROFILES } from './profiles.ts';

for (const like of Object.keys(PROFILES) as ProfileName[]) {
  test(`${like}: a wrong PIN is reported as such, whatever the host answers, and the next pairing succeeds`, async (context) => {
    const host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', like });
    context.after(() => host.close());
    const pairWith = async (typed: string) => {
      const identity = await createClientIdentity();
      const pairing = pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin: '1234' });
      pairing.catch(() => {}); // awaited below
      await stateWhere(host, ({ waitingForPin }) => waitingForPin === 1);
      await admin(host, '/pin', { pin: typed });
      return pairing;
    };
    await assert.rejects(pairWith('4321'), { code: 'PAIRING_WRONG_PIN' });
    assert.equal((await hostState(host)).pairedClients, 0);
    await pairWith('1234');
    assert.equal((await hostState(host)).pairedClients, 1);
  });

  test(`${like}: an aborted pairing does not get the next one's PIN`, async (context) => {
    const host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', like });
    context.after(() => host.close());
    const [identity, abort] = [await createClientIdentity(), new AbortController()];
    const target = { address: '127.0.0.1', httpPort: host.httpPort, identity };
    const first = pair({ ...target, pin: '1111', signal: abort.signal });
    first.catch(() => {}); // awaited below
    await stateWhere(host, ({ waitingForPin }) => waitingForPin === 1);
    abort.abort(new Error('aborted by the test'));
    await assert.rejects(first, /aborted by the test/);
    const second = pair({ ...target, pin: '2222' });
    second.catch(() => {}); // awaited below
    await stateWhere(host, ({ waitingForPin }) => waitingForPin === 1);
    await admin(host, '/pin', { pin: '2222' });
    await second;
  });
}
