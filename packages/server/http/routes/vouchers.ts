import { MoonshareError } from '@moonshare/contract';
import { serverCookie } from '../../auth/cookies.ts';
import { VOUCHED_COOKIE, VOUCHED_SECONDS } from '../../auth/vouchers.ts';
import { route } from '../route.ts';
import { ownAddress } from './links.ts';

/** A first party vouches for a browser of its users, so that links meant for them open there, and nowhere else. */
export const VOUCHER_ROUTES = [
  route({
    method: 'POST',
    path: '/api/vouchers',
    // Whoever can make links.
    access: 'streamers:write',
    tag: 'Viewers',
    summary:
      'Vouch for a browser: the first to open the address, within a minute, opens your links for vouched browsers for 12 hours',
    answer: { status: 201, schema: 'Voucher' },
    handler: async ({ services, caller: { user, grants }, request, reply }) => {
      const { token, expiresAt } = await services.vouchers.issue({ userId: user?.id ?? null, grants });
      reply.header('cache-control', 'no-store');
      return { url: `${ownAddress(request, services)}/vouch#voucher=${token}`, expires_at: expiresAt.toISOString() };
    },
  }),
  route({
    method: 'POST',
    path: '/api/vouchers/redeem',
    access: 'public',
    tag: 'Viewers',
    summary: 'Turn a voucher into the cookie of a vouched browser; the page at its address does that',
    body: 'RedeemVoucher',
    answer: { status: 204 },
    errors: ['UNAUTHORIZED', 'RATE_LIMITED'],
    handler: async ({ services, body, request, reply, record }) => {
      const { vouchers, accounts, authenticator, rateLimiters, pathPrefix } = services;
      const redeemed = await vouchers.redeem(body.voucher);
      if (redeemed === null || !accounts.hold(redeemed.vouching.grants)) {
        rateLimiters.begin({ joins: authenticator.addressKey(request) });
        throw new MoonshareError('UNAUTHORIZED', {
          message: 'This voucher has been used, or has expired',
          hint: 'Go back to the site or app that sent you here, and start again.',
        });
      }
      const { userId } = redeemed.vouching;
      record({ event: 'browser.vouched', by: userId === null ? null : (accounts.users.byId(userId)?.name ?? null) });
      const options = {
        path: `${pathPrefix}/`,
        secure: authenticator.isSecure(request),
        maxAgeSeconds: VOUCHED_SECONDS,
      };
      reply
        .header('set-cookie', serverCookie(VOUCHED_COOKIE, redeemed.cookie, options))
        .header('cache-control', 'no-store');
    },
  }),
];
