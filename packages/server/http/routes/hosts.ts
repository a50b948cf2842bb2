import { DEFAULT_HOST_PORT } from '../../config/field-schemas.ts';
import { route } from '../route.ts';
import { pictureOf } from './app-picture.ts';
import { HOST_ERRORS } from './common-errors.ts';
import { flagQuery, u32Query } from './query.ts';

const HOST_ID = u32Query.describe('as listed by GET /api/hosts');
const HOST = { host_id: HOST_ID, force_refresh: flagQuery.describe('true: query the host now') };

/** Hosts, their apps, and legacy sessions there, protocol/4 §1 and §3. */
export const HOST_ROUTES = [
  route({
    method: 'GET',
    path: '/api/sessions',
    access: 'hosts:read',
    tag: 'Hosts',
    summary: 'The sessions of the legacy WebSocket',
    answer: { status: 200, schema: 'LegacySessionList' },
    handler: ({ services: { legacyConnections, streamerAuthorizer }, caller }) => ({
      sessions: legacyConnections.list(streamerAuthorizer.sees(caller)),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/hosts',
    access: 'hosts:read',
    tag: 'Hosts',
    summary: 'All hosts',
    answer: { status: 200, schema: 'HostList' },
    handler: async ({ services: { hosts } }) => ({
      hosts: await Promise.all(hosts.list().map((host) => host.undetailed())),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/hosts/discovered',
    access: 'hosts:read',
    tag: 'Hosts',
    summary: 'Hosts that announce themselves on the local network',
    answer: { status: 200, schema: 'DiscoveredHostList' },
    handler: async ({ services: { hosts } }) => ({ hosts: await hosts.discover() }),
  }),
  route({
    method: 'GET',
    path: '/api/host',
    access: 'hosts:read',
    tag: 'Hosts',
    summary: 'One host',
    query: HOST,
    answer: { status: 200, schema: 'HostAnswer' },
    errors: ['HOST_NOT_FOUND'],
    handler: async ({ services: { hosts }, query: { host_id, force_refresh } }) => ({
      host: await hosts.get(host_id).detailed({ refresh: force_refresh }),
    }),
  }),
  route({
    method: 'PUT',
    path: '/api/host',
    access: 'hosts:write',
    tag: 'Hosts',
    summary: 'Add a host',
    body: 'AddHost',
    answer: { status: 200, schema: 'HostAnswer' },
    errors: HOST_ERRORS,
    handler: async ({ services: { hosts }, body: { address, http_port }, note }) => {
      note({ host_address: address });
      const host = await hosts.add({ address, httpPort: http_port ?? DEFAULT_HOST_PORT });
      note({ host: host.id, host_address: address });
      return { host: await host.detailed({ refresh: true }) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/host',
    access: 'hosts:write',
    tag: 'Hosts',
    summary: 'Forget a host',
    query: { host_id: HOST_ID },
    answer: { status: 200 },
    errors: ['HOST_NOT_FOUND', 'HOST_IN_USE'],
    handler: ({ services: { hosts }, query: { host_id }, note }) => {
      note({ host: host_id });
      return hosts.remove(host_id);
    },
  }),
  route({
    method: 'POST',
    path: '/api/host/unpair',
    access: 'hosts:write',
    tag: 'Hosts',
    summary: 'Forget the pairings with a host',
    body: 'HostId',
    answer: { status: 200, schema: 'HostAnswer' },
    errors: ['HOST_NOT_FOUND', 'HOST_IN_USE'],
    handler: async ({ services: { hosts }, body: { host_id }, note }) => {
      note({ host: host_id });
      const host = hosts.get(host_id);
      host.unpair();
      return { host: await host.detailed({ refresh: true }) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/host/wake',
    access: 'hosts:write',
    tag: 'Hosts',
    summary: 'Wake on LAN',
    body: 'HostId',
    answer: { status: 200 },
    errors: ['HOST_NOT_FOUND', 'HOST_UNSUPPORTED'],
    handler: ({ services: { hosts }, body: { host_id }, note }) => {
      note({ host: host_id });
      return hosts.get(host_id).wake();
    },
  }),
  route({
    method: 'POST',
    path: '/api/host/cancel',
    access: 'hosts:write',
    tag: 'Hosts',
    summary: 'End the app that is running on the host, including legacy sessions, if no streamer of the API uses it',
    body: 'HostId',
    answer: { status: 200, schema: 'Success' },
    errors: [...HOST_ERRORS, 'HOST_NOT_PAIRED'],
    // Old front ends use only this to quit an app, even one whose session they left running.
    handler: async ({ services: { hosts, legacyConnections }, body: { host_id }, note }) => {
      note({ host: host_id });
      const host = hosts.get(host_id);
      await legacyConnections.endOn(host.id);
      return { success: await host.cancel() };
    },
  }),
  route({
    method: 'GET',
    path: '/api/apps',
    access: 'hosts:read',
    tag: 'Hosts',
    summary: 'The apps of a host',
    query: HOST,
    answer: { status: 200, schema: 'AppList' },
    errors: [...HOST_ERRORS, 'HOST_NOT_PAIRED'],
    handler: async ({ services: { hosts }, query: { host_id, force_refresh } }) => ({
      apps: await hosts.get(host_id).apps({ refresh: force_refresh }),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/app/image',
    access: 'hosts:read',
    tag: 'Hosts',
    summary: 'The picture of an app: PNG, JPEG or WebP; a neutral one where the host has none or cannot provide it now',
    query: { ...HOST, app_id: u32Query.describe('as listed by GET /api/apps') },
    answer: { status: 200, type: 'image/png' },
    errors: ['HOST_NOT_FOUND', 'HOST_NOT_PAIRED', 'HOST_CERTIFICATE_CHANGED'],
    handler: async ({ services: { hosts }, query: { host_id, app_id }, reply }) => {
      const { contentType, data, lasts } = await pictureOf(hosts.get(host_id), app_id);
      return reply
        .header('cache-control', lasts ? 'private, max-age=300' : 'no-store')
        .type(contentType)
        .send(data);
    },
  }),
];
