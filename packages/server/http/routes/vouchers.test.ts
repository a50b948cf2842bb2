import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Vouchers } from '../../auth/vouchers.ts';
import { type AccountServer, accountServer, codes, REVOKED } from '../../testing/account-server.ts';

const NOT_VOUCHED = [[403, 'BROWSER_NOT_VOUCHED']];

/** Has a first party vouch for a browser; returns what a page of ours sends from there. `by`: its headers, else the credentials. */
async function vouchedBrowser(server: AccountServer, by?: Record<string, string>): Promise<Record<string, string>> {
  const voucher = await voucherOf(server, by);
  const { status, headers } = await server.as(server.page(''), 'POST', '/api/vouchers/redeem', { voucher });
  assert.equal(status, 204);
  const cookie = headers.get('set-cookie')!;
  assert.match(cookie, /^moonshare_vouched=[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  return server.page(cookie.split(';')[0]!);
}

async function voucherOf({ as, call }: AccountServer, by?: Record<string, string>): Promise<string> {
  const { status, body } = await (by ? as(by, 'POST', '/api/vouchers') : call('POST', '/api/vouchers'));
  assert.equal(status, 201);
  return new URLSearchParams(new URL(body.url).hash.slice(1)).get('voucher')!;
}

test('a link for vouched browsers opens in such a browser only, and is not used up by others', async (context) => {
  const server = await accountServer(context);
  const { call, join, link } = server;
  const made = await link({ role: 'full', vouched: true, single_use: true });
  const browser = await vouchedBrowser(server);
  assert.deepEqual(codes(await join(made.headers), await join({ ...made.headers, ...server.page('') })), [
    ...NOT_VOUCHED,
    ...NOT_VOUCHED,
  ]);
  // A page of another site cannot have it sent.
  const elsewhere = { cookie: browser.cookie!, origin: 'https://elsewhere.example' };
  assert.equal((await join({ ...made.headers, ...elsewhere })).status, 403);
  const { links } = (await call('GET', '/api/streamers/a/links')).body;
  assert.deepEqual([links[0].uses, links[0].vouched], [0, true]);
  const joined = await join({ ...made.headers, ...browser });
  assert.deepEqual([joined.status, joined.body.role], [200, 'full']);
  assert.deepEqual(codes(await join({ ...made.headers, ...browser })), [[403, 'LINK_USED_UP']]);
  // The cookie alone opens nothing.
  assert.equal((await join(browser)).status, 401);
});

test('two vouched browsers that open a link for one in the same moment do not both get in', async (context) => {
  const server = await accountServer(context);
  const made = await server.link({ role: 'watch', vouched: true, single_use: true });
  const browsers = await Promise.all([vouchedBrowser(server), vouchedBrowser(server)]);
  const answers = await Promise.all(browsers.map((browser) => server.join({ ...made.headers, ...browser })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403]);
});

test('a link opens only where its own grantor has vouched, or where somebody is logged in who can see the streamer', async (context) => {
  const server = await accountServer(context, { MOONSHARE_STREAMER_ACCESS: 'owners' });
  const { as, call, logIn, page } = server;
  const made = await server.link({ role: 'watch', vouched: true });
  const user = page((await logIn('a-user')).cookie);
  assert.deepEqual(
    codes(
      await server.join({ ...made.headers, ...(await vouchedBrowser(server, user)) }),
      await server.join({ ...made.headers, ...user }),
    ),
    [...NOT_VOUCHED, ...NOT_VOUCHED],
  );
  assert.equal((await server.join({ ...made.headers, ...page((await logIn('a-admin')).cookie) })).status, 200);
  await call('PUT', '/api/streamers/a/shares/a-user', { role: 'watch' });
  assert.equal((await server.join({ ...made.headers, ...user })).status, 200);
  assert.equal((await as(page((await logIn('a-viewer')).cookie), 'POST', '/api/vouchers')).status, 403);
});

test('what was vouched for with a token ends with the token', async (context) => {
  const server = await accountServer(context);
  const { call } = server;
  const { body } = await call('POST', '/api/tokens', { name: 'platform', scopes: ['streamers:write'] });
  const platform = { authorization: `Bearer ${body.token}` };
  const made = await server.link({ role: 'watch', vouched: true });
  const [browser, voucher] = [await vouchedBrowser(server, platform), await voucherOf(server, platform)];
  const joined = await server.join({ ...made.headers, ...browser });
  assert.equal(joined.status, 200);
  const peer = await server.socket(joined.body.token);
  await call('DELETE', `/api/tokens/${body.id}`);
  assert.deepEqual(codes(await server.join({ ...made.headers, ...browser })), NOT_VOUCHED);
  assert.equal((await server.as(server.page(''), 'POST', '/api/vouchers/redeem', { voucher })).status, 401);
  // Whoever is in stays, until the link itself ends.
  await call('DELETE', `/api/streamers/a/links/${made.id}`);
  assert.deepEqual(await peer.closed, REVOKED);
});

test('a voucher works once, and nothing else works as one, or as the cookie', async (context) => {
  const server = await accountServer(context);
  const made = await server.link({ role: 'watch', vouched: true });
  const voucher = await voucherOf(server);
  const asCookie = server.page(`moonshare_vouched=${voucher}`);
  assert.deepEqual(codes(await server.join({ ...made.headers, ...asCookie })), NOT_VOUCHED);
  const redeem = (voucher: string) => server.as(server.page(''), 'POST', '/api/vouchers/redeem', { voucher });
  const twice = await Promise.all([redeem(voucher), redeem(voucher)]);
  assert.deepEqual(twice.map(({ status }) => status).sort(), [204, 401]);
  const cookie = twice
    .find(({ status }) => status === 204)!
    .headers.get('set-cookie')!
    .split(/[=;]/)[1]!;
  const { renewal, token } = (await server.join({ ...made.headers, ...server.page(`moonshare_vouched=${cookie}`) }))
    .body;
  for (const wrong of [cookie, renewal, token, made.token, `${voucher}x`, ''])
    assert.deepEqual(codes(await redeem(wrong)), [[401, 'UNAUTHORIZED']]);
  assert.equal((await redeem('x'.repeat(5000))).status, 400);
});

test('who guesses at vouchers has to wait', async (context) => {
  const server = await accountServer(context);
  const guess = () => server.as(server.page(''), 'POST', '/api/vouchers/redeem', { voucher: 'guess' });
  let status = 401;
  for (let guesses = 0; guesses < 1000 && status === 401; guesses += 1) status = (await guess()).status;
  assert.equal(status, 429);
});

test('a voucher is of use for a minute, the browser for twelve hours', async () => {
  const vouchers = new Vouchers(Buffer.alloc(32, 7));
  const { token, expiresAt } = await vouchers.issue({ userId: 3, grants: ['user:3.0'] }, 1_000_000);
  assert.equal(expiresAt.getTime(), 1_060_000);
  assert.equal(await vouchers.redeem(token, 1_061_000), null);
  const redeemed = await vouchers.redeem(token, 1_059_000);
  assert.deepEqual(redeemed?.vouching, { userId: 3, grants: ['user:3.0'] });
  const end = 1_059_000 + 12 * 3_600_000;
  assert.deepEqual(await vouchers.vouching(redeemed!.cookie, end - 1000), redeemed?.vouching);
  assert.equal(await vouchers.vouching(redeemed!.cookie, end + 1000), null);
});

test('a link for vouched browsers lasts 15 minutes by default, and a day at most', async (context) => {
  const { call } = await accountServer(context);
  const lasts = async (request: object) => {
    const { body } = await call('POST', '/api/streamers/a/links', { role: 'watch', ...request });
    return (Date.parse(body.expires_at) - Date.parse(body.created_at)) / 1000;
  };
  assert.equal(await lasts({ vouched: true }), 900);
  assert.equal(await lasts({}), 86_400);
  const { status, body } = await call('POST', '/api/streamers/a/links', {
    role: 'watch',
    vouched: true,
    expires_in: 86_401,
  });
  assert.deepEqual([status, body.code], [400, 'BAD_REQUEST']);
  assert.match(body.error, /expires_in/);
});
