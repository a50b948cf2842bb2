import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HostVerb, hostError } from './host-error.ts';
import { errorXml, parseReply } from './xml.ts';

test('every refusal in the table has its error code', () => {
  const table: [HostVerb, number, string, string][] = [
    ['launch', 400, 'Missing a required launch/resume parameter', 'HOST_REFUSED'],
    ['launch', 400, 'An app is already running on this host', 'HOST_BUSY'],
    ['resume', 503, 'No running app to resume', 'NO_SESSION'],
    ['launch', 503, "The host's concurrent stream limit has been reached. Stop an existing stream", 'HOST_BUSY'],
    ['cancel', 503, 'All sessions must be disconnected before quitting', 'HOST_BUSY'],
    ['launch', 503, 'Failed to initialize video capture/encoding. Is a display connected?', 'HOST_REFUSED'],
    ['launch', 403, 'Encryption is mandatory for this host', 'HOST_ENCRYPTION_REQUIRED'],
    ['launch', 500, 'Failed to start the specified application', 'HOST_REFUSED'],
    ['launch', 400, '', 'APP_NOT_FOUND'],
    ['resume', 400, '', 'NO_SESSION'],
    ['applist', 401, 'The client is not authorized. Certificate verification failed.', 'HOST_NOT_PAIRED'],
    ['cancel', 200, '', 'HOST_BUSY'],
    ['appasset', 404, '', 'APP_NOT_FOUND'],
    ['applist', 404, '', 'HOST_REFUSED'],
  ];
  for (const [verb, status, message, wanted] of table) {
    const error = hostError(verb, parseReply(errorXml(status, message)));
    assert.equal(error.code, wanted, `${verb} ${status} ${message}`);
    assert.ok(error.message.includes(String(status)));
  }
});
