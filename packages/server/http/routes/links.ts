import { type CreatedLink, createLinkSchema, MoonshareError, streamerIdSchema } from '@moonshare/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Accounts } from '../../accounts/index.ts';
import { type SecurityLog, withdrawing } from '../../security/index.ts';
import type { Streamer, StreamerRegistry } from '../../streamers/index.ts';
import type { Authenticator } from '../authenticator.ts';
import { parse } from '../errors.ts';
import { connectedTo, type OwnNames } from '../own-names.ts';
import type { StreamerAuthorizer } from '../streamer-authorizer.ts';
import { u32Query } from './query.ts';

/** Join links of a streamer. The secret is in the fragment of the address, which no server log sees. */
export function linkRoutes(
  app: FastifyInstance,
  o: {
    accounts: Accounts;
    authenticator: Authenticator;
    security: SecurityLog;
    streamers: StreamerRegistry;
    streamerAuthorizer: StreamerAuthorizer;
    pathPrefix: string;
    publicUrl: string | undefined;
    ownNames: OwnNames;
  },
): void {
  const { links } = o.accounts;

  app.get('/api/streamers/:id/links', async (request) => ({ links: links.list(managed(request).id) }));

  app.post('/api/streamers/:id/links', async (request, reply): Promise<CreatedLink> => {
    const streamer = managed(request);
    const streamerId = streamer.id;
    const { role, expires_in, pin, max_uses } = parse(createLinkSchema, request.body);
    const { user, token: madeWith } = o.authenticator.checkScope(request, 'streamers:write');
    const { info, token } = await links.create({
      streamerId,
      role,
      expiresInSeconds: expires_in,
      pin,
      maxUses: max_uses ?? null,
      grantor: { user, token: madeWith },
    });
    // Deleted while the PIN was hashed: the next streamer of that name is another.
    if (!o.streamers.all().includes(streamer)) {
      links.remove(streamerId, info.id);
      throw new MoonshareError('STREAMER_NOT_FOUND');
    }
    const made = { event: 'link.created', link: info.id, streamer: streamerId, role } as const;
    o.security.record(o.authenticator.address(request), { ...made, by: user?.name ?? null });
    reply.code(201).header('cache-control', 'no-store');
    return { ...info, url: linkAddress(base(request), streamerId, token) };
  });

  app.delete('/api/streamers/:id/links/:link', async (request, reply) => {
    const streamer = streamerId(request);
    const { link } = parse(z.object({ link: u32Query }), request.params);
    const of = o.streamerAuthorizer.revokes(request, streamer);
    const by = o.streamerAuthorizer.caller(request).user?.name ?? null;
    await withdrawing(
      () => links.remove(streamer, link, of),
      () => o.security.record(o.authenticator.address(request), { event: 'link.revoked', link, streamer, by }),
    );
    return reply.code(204).send();
  });

  function managed(request: FastifyRequest): Streamer {
    return o.streamerAuthorizer.managed(request, streamerId(request));
  }

  /** As the caller sees this server, if the settings do not say it and the name is one of ours. */
  function base(request: FastifyRequest): string {
    if (o.publicUrl !== undefined) return o.publicUrl;
    const scheme = o.authenticator.isSecure(request) ? 'https' : 'http';
    return `${scheme}://${o.ownNames.of(request.headers.host) ?? connectedTo(request.raw.socket)}${o.pathPrefix}`;
  }
}

/** `base` without a slash at the end. */
export function linkAddress(base: string, streamerId: string, token: string): string {
  return `${base}/s/${encodeURIComponent(streamerId)}#token=${token}`;
}

function streamerId(request: FastifyRequest): string {
  return parse(z.object({ id: streamerIdSchema }), request.params).id;
}
