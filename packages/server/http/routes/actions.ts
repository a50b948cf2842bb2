import { MAX_ACTIONS_BYTES, streamerIdSchema } from '@moonshare/contract';
import { agentOf } from '../../control/agent.ts';
import { route } from '../route.ts';
import { whileAllowed } from '../while-allowed.ts';
import { NO_STREAMER } from './common-errors.ts';

/** What models want done, in the words they know. */
export const ACTION_ROUTES = [
  route({
    method: 'POST',
    path: '/api/streamers/:id/actions',
    access: 'streamers:write',
    tag: 'Streamers',
    summary:
      "Do what a model wants: actions of Anthropic's and OpenAI's computer tools, one or several, in order up to the first that fails",
    params: { id: streamerIdSchema },
    body: 'Actions',
    audit: 'summed',
    bodyLimit: MAX_ACTIONS_BYTES,
    answer: { status: 200, schema: 'ActionsAnswer' },
    errors: [
      ...NO_STREAMER,
      'KEY_UNKNOWN',
      'OUTSIDE_PICTURE',
      'STREAMER_NOT_ACTIVE',
      'STREAMER_STOPPED',
      'ACCESS_REVOKED',
      'CONTROL_TAKEN',
      'CONTROL_DENIED',
      'RATE_LIMITED',
      'DECODER_MISSING',
      'DECODER_FAILED',
      'DECODER_LIMIT',
      'PICTURE_LIMIT',
      'PICTURE_TIMEOUT',
    ],
    handler: async ({ services, params: { id }, body, caller, request, reply }) => {
      const streamer = services.streamerAuthorizer.taken(caller, id, 'full');
      const agent = agentOf(caller, id, body.participant);
      // It may take longer than a connection may be idle.
      const { socket } = request.raw;
      const { timeout: idleMs = 0 } = socket;
      socket.setTimeout(0);
      try {
        return await whileAllowed(services, caller, id, reply, (signal) =>
          services.actions.run(streamer, agent, body, signal),
        );
      } finally {
        socket.setTimeout(idleMs);
      }
    },
  }),
];
