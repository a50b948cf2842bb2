import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '@moonshare/contract';
import type { PeerSession } from './peer-session.ts';
import { PEER_SIGNALS } from './peer-signals.ts';
import { ResumeTokens } from './resume-tokens.ts';

function peer(
  id: string,
  { role = 'full', user = null, linkId = 1 } = {} as Partial<Record<string, never>>,
): PeerSession {
  return {
    id,
    role: role as Role,
    grantedRole: role as Role,
    names: { given: null, said: null },
    manages: false,
    knowsControl: false,
    origin: { user, linkId },
    grants: ['link:1'],
    owner: { address: '192.0.2.1', linkId },
    rank: 'watch' as const,
    wantsEvents: true,
    signals: PEER_SIGNALS,
    send: () => undefined,
    close: async () => undefined,
  };
}

test('a secret identifies its peer once', () => {
  const tokens = new ResumeTokens();
  const [a, b] = [peer('a'), peer('b')];
  const secrets = [tokens.issue(a), tokens.issue(b)];
  assert.notEqual(secrets[0], secrets[1]);
  assert.equal(tokens.claim(secrets[0]!, a, 0), a);
  assert.equal(tokens.claim(secrets[0]!, a, 0), null);
  assert.equal(tokens.right(secrets[0]!, 0), null);
  assert.equal(tokens.claim('', a, 0), null);
  assert.equal(tokens.right(secrets[1]!, 0), b);
});

test('a secret is useless to viewers with other access, and still works for its owner', () => {
  const tokens = new ResumeTokens();
  const a = peer('a');
  const secret = tokens.issue(a);
  const others = [
    { ...a, grantedRole: 'gamepad' as const },
    { ...a, origin: { user: null, linkId: 2 } },
    { ...a, origin: { user: 'eve', linkId: 1 } },
  ];
  for (const other of others) assert.equal(tokens.claim(secret, other, 0), null);
  assert.equal(tokens.claim(secret, a, 0), a);
});

test('a viewer whose connection broke off is expected back for a moment, one that was removed or left is not', () => {
  const tokens = new ResumeTokens();
  const [a, b] = [peer('a'), peer('b')];
  const secrets = [tokens.issue(a), tokens.issue(b)] as const;
  tokens.gone('a', { mayReturn: true }, 1000);
  assert.equal(tokens.right(secrets[0], 3999), a);
  assert.equal(tokens.right(secrets[0], 4000), null);
  assert.equal(tokens.claim(secrets[0], a, 4000), null);
  tokens.gone('b', { mayReturn: false }, 1000);
  assert.equal(tokens.right(secrets[1], 1000), null);
});

test('the number of viewers expected back is limited', () => {
  const tokens = new ResumeTokens();
  const secrets = Array.from({ length: 70 }, (_, i) => {
    const secret = tokens.issue(peer(`p${i}`));
    tokens.gone(`p${i}`, { mayReturn: true }, i);
    return secret;
  });
  assert.deepEqual(
    secrets.map((secret) => tokens.right(secret, 100) !== null),
    Array.from({ length: 70 }, (_, i) => i >= 6),
  );
});
