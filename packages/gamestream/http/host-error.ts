import { GameStreamError, type GameStreamErrorCode } from '../errors.ts';
import type { XmlReply } from './xml.ts';

export type HostVerb = 'serverinfo' | 'applist' | 'appasset' | 'launch' | 'resume' | 'cancel' | 'bitrate' | 'pair';

interface Meaning {
  code: GameStreamErrorCode;
  hint?: string;
}

const NOT_PAIRED: Meaning = { code: 'HOST_NOT_PAIRED', hint: 'Pair with this host again.' };

/** The messages of protocol/1 §7.3, matched by a part that no release changed. */
const BY_MESSAGE: [part: RegExp, meaning: Meaning][] = [
  [
    /already running/i,
    { code: 'HOST_BUSY', hint: 'Resume the app that runs on the host, or cancel it and launch again.' },
  ],
  [/no running app/i, { code: 'NO_SESSION', hint: 'The app has ended: launch it again.' }],
  [
    /stream limit/i,
    { code: 'HOST_BUSY', hint: 'End another stream of this host, or raise the limit in its settings.' },
  ],
  [/must be disconnected/i, { code: 'HOST_BUSY', hint: 'End the other streams of this host first.' }],
  [/encryption is mandatory/i, { code: 'HOST_ENCRYPTION_REQUIRED', hint: 'Allow encryption for this host.' }],
  [
    /video capture|encod/i,
    { code: 'HOST_REFUSED', hint: 'The host has no display or no working encoder. Check its log.' },
  ],
  [/failed to start/i, { code: 'HOST_REFUSED', hint: 'The app does not start on the host. Check the host log.' }],
];

function meaningOf(verb: HostVerb, reply: XmlReply): Meaning {
  if (reply.statusCode === 401) return NOT_PAIRED;
  for (const [part, meaning] of BY_MESSAGE) if (part.test(reply.statusMessage)) return meaning;
  // A 200 that is a refusal: GFE keeps another client's session.
  if (verb === 'cancel' && reply.statusCode === 200) {
    return { code: 'HOST_BUSY', hint: 'The session belongs to another client.' };
  }
  if (verb === 'appasset' && (reply.statusCode === 400 || reply.statusCode === 404)) return { code: 'APP_NOT_FOUND' };
  if (verb === 'launch' && reply.statusCode === 404) return { code: 'APP_NOT_FOUND' };
  // Wolf gives no reason with its 400.
  if (reply.statusCode === 400 && reply.statusMessage === '') {
    if (verb === 'launch') return { code: 'APP_NOT_FOUND', hint: 'Read the app list again.' };
    if (verb === 'resume') return { code: 'NO_SESSION', hint: 'There is nothing to resume: launch the app.' };
  }
  return { code: 'HOST_REFUSED' };
}

/** What an unsuccessful XML reply means, protocol/1 §7.3. */
export function hostError(verb: HostVerb, reply: XmlReply): GameStreamError {
  const { code, hint } = meaningOf(verb, reply);
  const statusText = reply.statusMessage === '' ? 'no reason' : `"${reply.statusMessage.slice(0, 200)}"`;
  const message = `The host refused ${verb} with status ${reply.statusCode} and ${statusText}`;
  return new GameStreamError(code, message, hint === undefined ? {} : { hint });
}
