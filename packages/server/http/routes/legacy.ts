import { socketRoute } from '../route.ts';

/** The legacy WebSocket, protocol/4 §3: browsers send the credentials in their first message, proxies in the upgrade. */
export const LEGACY_ROUTES = [
  socketRoute({
    path: '/api/host/stream',
    tag: 'Viewers',
    summary: 'The legacy WebSocket: logs in, starts a session, shows it',
    errors: ['UNAUTHORIZED', 'NOT_FOUND'],
    admit: ({ request, services: { authenticator } }) => {
      const trusted = request.headers.authorization !== undefined;
      if (trusted) authenticator.checkCredentials(request);
      return { trusted, from: authenticator.source(request) };
    },
    open: (socket, admitted, { legacyConnections }) => legacyConnections.enter(socket, admitted),
  }),
];
