import { streamerIdSchema } from '@moonshare/contract';
import { z } from 'zod';
import { agentOf } from '../../control/agent.ts';
import type { Participants } from '../../control/participants.ts';
import { route } from '../route.ts';
import { NO_STREAMER } from './common-errors.ts';

const STREAMER = { id: streamerIdSchema };

/** Who is at a streamer, and whose keyboard, mouse and touch reach its host. */
export const CONTROL_ROUTES = [
  route({
    method: 'GET',
    path: '/api/streamers/:id/participants',
    access: 'streamers:read',
    tag: 'Participants',
    summary: 'Who is there, people and agents, and what they hold',
    params: STREAMER,
    answer: { status: 200, schema: 'ParticipantList' },
    errors: NO_STREAMER,
    handler: async ({ services: { streamerAuthorizer }, params: { id }, caller }) => ({
      participants: await streamerAuthorizer.taken(caller, id, 'watch').listParticipants(),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/streamers/:id/control',
    access: 'streamers:read',
    tag: 'Participants',
    summary: 'The control policy, who has the controls, and who wants them',
    params: STREAMER,
    answer: { status: 200, schema: 'ControlState' },
    errors: NO_STREAMER,
    handler: ({ services: { streamerAuthorizer }, params: { id }, caller }) =>
      streamerAuthorizer.taken(caller, id, 'watch').participants.state(),
  }),
  route({
    method: 'PUT',
    path: '/api/streamers/:id/control',
    access: 'streamers:write',
    tag: 'Participants',
    summary: 'Change the control policy of a running streamer; what is absent stays as it is',
    params: STREAMER,
    body: 'ChangeControl',
    answer: { status: 200, schema: 'ControlState' },
    errors: NO_STREAMER,
    handler: ({ services: { streamerAuthorizer, streamers }, params: { id }, body, caller, note }) => {
      note(body);
      const streamer = streamerAuthorizer.managed(caller, id);
      streamers.changeControl(streamer, body);
      return streamer.participants.state();
    },
  }),
  route({
    method: 'POST',
    path: '/api/streamers/:id/control',
    access: 'streamers:write',
    tag: 'Participants',
    summary:
      'Ask for, give, refuse, take or release the controls, as an agent. Whoever manages the streamer may give and refuse for anyone. Under union nothing has to be done',
    params: STREAMER,
    body: 'ControlAction',
    answer: { status: 200, schema: 'ControlState' },
    errors: [
      ...NO_STREAMER,
      'CONTROL_TAKEN',
      'CONTROL_DENIED',
      'PARTICIPANT_NOT_FOUND',
      'STREAMER_STOPPED',
      'RATE_LIMITED',
    ],
    handler: async ({ services: { streamerAuthorizer }, params: { id }, body, caller, note }) => {
      const { action, participant, to, wait_ms: waitMs } = body;
      note({ action, participant, to });
      const { participants } = streamerAuthorizer.taken(caller, id, 'full');
      const isDecision = action === 'grant' || action === 'deny';
      if (isDecision && streamerAuthorizer.manages(caller, id)) participants.act(null, action, to);
      else {
        const agent = agentOf(caller, id, participant);
        participants.visit(agent);
        participants.act(agent.id, action, to);
        if (waitMs > 0 && (action === 'request' || action === 'take')) await got(participants, agent.id, waitMs);
      }
      return participants.state();
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/streamers/:id/peers/:peer',
    access: 'streamers:write',
    tag: 'Viewers',
    summary: 'Change what a viewer may do, until it joins anew. Whoever has an account cannot do more than it allows',
    params: { ...STREAMER, peer: z.string().max(64) },
    body: 'ChangePeer',
    answer: { status: 200, schema: 'StreamerInfo' },
    errors: [...NO_STREAMER, 'PEER_NOT_FOUND'],
    handler: ({ services: { accounts, streamerAuthorizer }, params: { id, peer }, body: { role }, caller, record }) => {
      const streamer = streamerAuthorizer.managed(caller, id);
      streamer.peers.setRole(peer, role, (grants) => accounts.checkRole(grants, id, role));
      record({ event: 'viewer.role', viewer: peer, streamer: streamer.id, role, by: caller.user?.name ?? null });
      return streamerAuthorizer.describe(caller, streamer);
    },
  }),
];

/** Until the agent has the controls, for so long at most; it goes on asking. Throws CONTROL_DENIED. */
async function got(participants: Participants, agentId: string, waitMs: number): Promise<void> {
  const late = AbortSignal.timeout(waitMs);
  try {
    await participants.waitFor(agentId, late, { persists: true });
  } catch (error) {
    if (error !== late.reason) throw error;
  }
}
