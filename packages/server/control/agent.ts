import { createHash } from 'node:crypto';
import { cleanName } from '@moonshare/contract';
import { type Actor, actorOf } from '../auth/actor.ts';

/** A caller of the API as a participant. */
export interface Agent {
  id: string;
  name: string;
  /** Whom its budgets are charged to: all agents of a caller share them. */
  caller: string;
  by: Actor;
}

/** Who calls: an API token, a user, or neither with the shared credentials. */
interface AgentCaller {
  token: { id: number; name: string } | null;
  user: { id: number; name: string } | null;
}

/** The same caller with the same name is the same agent. `name`: what the call says. */
export function agentOf(agentCaller: AgentCaller, streamerId: string, name: string | undefined): Agent {
  const { token, user } = agentCaller;
  const caller = token ? `token:${token.id}` : user ? `user:${user.id}` : 'credentials';
  const called = name ?? cleanName(token?.name ?? user?.name ?? '') ?? 'agent';
  const hash = createHash('sha256').update(JSON.stringify([streamerId, caller, called]));
  return { id: `agent-${hash.digest('hex').slice(0, 12)}`, name: called, caller, by: actorOf(agentCaller) };
}
