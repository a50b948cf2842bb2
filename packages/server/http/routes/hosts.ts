import { addHostSchema, hostIdSchema } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import { DEFAULT_HOST_PORT } from '../../config/index.ts';
import type { HostRegistry } from '../../hosts/index.ts';
import type { LegacyConnectionHandler } from '../../legacy/index.ts';
import { parse } from '../errors.ts';
import type { StreamerAuthorizer } from '../streamer-authorizer.ts';
import { pictureOf } from './app-picture.ts';
import { hostQuery, u32Query } from './query.ts';

const imageQuery = hostQuery.extend({ app_id: u32Query });

/** Hosts, their apps, and what legacy callers run there, protocol/4 §1 and §3. All behind the shared credentials. */
export function hostRoutes(
  app: FastifyInstance,
  o: {
    hosts: HostRegistry;
    legacyConnections: Pick<LegacyConnectionHandler, 'endOn' | 'list'>;
    streamerAuthorizer: StreamerAuthorizer;
  },
): void {
  const { hosts, legacyConnections: legacy } = o;

  app.get('/api/authenticate', async (_request, reply) => reply.code(200).send());

  app.get('/api/hosts', async () => ({ hosts: await Promise.all(hosts.list().map((host) => host.undetailed())) }));

  app.get('/api/hosts/discovered', async () => ({ hosts: await hosts.discover() }));

  app.get('/api/host', async (request) => {
    const { host_id, force_refresh } = parse(hostQuery, request.query);
    return { host: await hosts.get(host_id).detailed({ refresh: force_refresh }) };
  });

  app.put('/api/host', async (request) => {
    const { address, http_port } = parse(addHostSchema, request.body);
    const host = await hosts.add({ address, httpPort: http_port ?? DEFAULT_HOST_PORT });
    return { host: await host.detailed({ refresh: true }) };
  });

  app.delete('/api/host', async (request, reply) => {
    hosts.remove(parse(hostQuery, request.query).host_id);
    return reply.code(200).send();
  });

  app.post('/api/host/wake', async (request, reply) => {
    await hosts.get(parse(hostIdSchema, request.body).host_id).wake();
    return reply.code(200).send();
  });

  // Old front ends quit an app by this alone, also one whose session they left running.
  app.post('/api/host/cancel', async (request) => {
    const host = hosts.get(parse(hostIdSchema, request.body).host_id);
    await legacy.endOn(host.id);
    return { success: await host.cancel() };
  });

  app.get('/api/sessions', async (request) => ({ sessions: legacy.list(o.streamerAuthorizer.sees(request)) }));

  app.post('/api/host/unpair', async (request) => {
    const host = hosts.get(parse(hostIdSchema, request.body).host_id);
    host.unpair();
    return { host: await host.detailed({ refresh: true }) };
  });

  app.get('/api/apps', async (request) => {
    const { host_id, force_refresh } = parse(hostQuery, request.query);
    return { apps: await hosts.get(host_id).apps({ refresh: force_refresh }) };
  });

  app.get('/api/app/image', async (request, reply) => {
    const { host_id, app_id } = parse(imageQuery, request.query);
    const { contentType, data, lasts } = await pictureOf(hosts.get(host_id), app_id);
    return reply
      .header('cache-control', lasts ? 'private, max-age=300' : 'no-store')
      .type(contentType)
      .send(data);
  });
}
