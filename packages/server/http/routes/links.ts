import { LINK_SECONDS, MoonshareError, streamerIdSchema } from '@moonshare/contract';
import type { FastifyRequest } from 'fastify';
import { withdrawing } from '../../security/security-log.ts';
import type { ApiServices } from '../api-services.ts';
import { connectedTo } from '../own-names.ts';
import { route } from '../route.ts';
import { NO_STREAMER } from './common-errors.ts';
import { u32Query } from './query.ts';

/** A streamer's join links. The secret is in the fragment of the URL, which no server log sees. */
export const LINK_ROUTES = [
  route({
    method: 'GET',
    path: '/api/streamers/:id/links',
    // Anyone who can see a streamer's links can use them.
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'The join links of a streamer',
    params: { id: streamerIdSchema },
    answer: { status: 200, schema: 'LinkList' },
    errors: NO_STREAMER,
    handler: ({ services: { accounts, streamerAuthorizer }, params: { id }, caller }) => ({
      links: accounts.links.list(streamerAuthorizer.managed(caller, id).id),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/streamers/:id/links',
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'Create a join link for people. Only this response contains its address',
    params: { id: streamerIdSchema },
    body: 'CreateLink',
    answer: { status: 201, schema: 'CreatedLink' },
    errors: [...NO_STREAMER, 'RATE_LIMITED'],
    handler: async ({ services, params, body, caller: { user, token: madeWith }, caller, request, reply, record }) => {
      const { accounts, streamers, streamerAuthorizer } = services;
      const streamer = streamerAuthorizer.managed(caller, params.id);
      const { info, token } = await accounts.links.create({
        streamerId: streamer.id,
        role: body.role,
        expiresInSeconds: linkSeconds(body),
        isForVouched: body.vouched ?? false,
        pin: body.pin,
        maxUses: body.single_use ? 1 : (body.max_uses ?? null),
        name: body.name,
        grantor: { user, token: madeWith },
      });
      // Deleted while the PIN was being hashed: the next streamer of that name is a different one.
      if (!streamers.all().includes(streamer)) {
        accounts.links.remove(streamer.id, info.id);
        throw new MoonshareError('STREAMER_NOT_FOUND');
      }
      record({
        event: 'link.created',
        link: info.id,
        streamer: streamer.id,
        role: body.role,
        by: user?.name ?? null,
      });
      reply.header('cache-control', 'no-store');
      return { ...info, url: linkAddress(ownAddress(request, services), streamer.id, token) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/streamers/:id/links/:link',
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'Revoke a join link; viewers who used it are removed',
    params: { id: streamerIdSchema, link: u32Query },
    answer: { status: 204 },
    errors: [...NO_STREAMER, 'LINK_NOT_FOUND'],
    handler: ({ services: { accounts, streamerAuthorizer }, params: { id, link }, caller, record }) => {
      const of = streamerAuthorizer.revokes(caller, id);
      return withdrawing(
        () => accounts.links.remove(id, link, of),
        () => record({ event: 'link.revoked', link, streamer: id, by: caller.user?.name ?? null }),
      );
    },
  }),
];

/** The server's address as the caller knows it, if it is not in the settings and the name is one of ours. */
export function ownAddress(request: FastifyRequest, services: ApiServices): string {
  const { authenticator, ownNames, pathPrefix, publicUrl } = services;
  if (publicUrl !== undefined) return publicUrl;
  const scheme = authenticator.isSecure(request) ? 'https' : 'http';
  return `${scheme}://${ownNames.of(request.headers.host) ?? connectedTo(request.raw.socket)}${pathPrefix}`;
}

/** Throws BAD_REQUEST. */
function linkSeconds({ expires_in, vouched }: { expires_in?: number | undefined; vouched?: true | undefined }): number {
  const { byDefault, most } = vouched === true ? LINK_SECONDS.vouchedBrowser : LINK_SECONDS.anyBrowser;
  const seconds = expires_in ?? byDefault;
  if (seconds <= most) return seconds;
  throw new MoonshareError('BAD_REQUEST', {
    message: `Bad request: expires_in must be at most ${most} for a vouched link`,
  });
}

/** `base` has no trailing slash. */
export function linkAddress(base: string, streamerId: string, token: string): string {
  return `${base}/s/${encodeURIComponent(streamerId)}#token=${token}`;
}
