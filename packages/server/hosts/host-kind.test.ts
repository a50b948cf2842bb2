import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostKind, type HostTraits, UNKNOWN_KIND } from './host-kind.ts';

const [A, B] = [1, 2];
const APP = 7;
/** The client being told has started nothing itself. */
const other = { hasOwn: false };

/** A host on which the first client streams an app. */
function oneStreams(): HostKind {
  const kind = new HostKind();
  kind.hostInfo(A, 0, other);
  kind.launched(A, APP);
  kind.streaming(A);
  return kind;
}

test('one client alone does not show whether sessions are shared', () => {
  assert.equal(oneStreams().sessions, null);
});

test('a second client that is told about the first one’s app shares it', () => {
  const kind = oneStreams();
  kind.hostInfo(B, APP, other);
  assert.equal(kind.sessions, 'shared');
});

test('a second client that is told of nothing, then streams beside the first, has its own session', () => {
  const kind = oneStreams();
  kind.hostInfo(B, 0, other);
  kind.launched(B, APP);
  assert.equal(kind.sessions, null);
  kind.streaming(B);
  assert.equal(kind.sessions, 'perClient');
});

test('the first client may get its picture last', () => {
  const kind = new HostKind();
  kind.hostInfo(A, 0, other);
  kind.launched(A, APP);
  kind.hostInfo(B, 0, other);
  kind.launched(B, APP + 1);
  kind.streaming(B);
  assert.equal(kind.sessions, null);
  kind.streaming(A);
  assert.equal(kind.sessions, 'perClient');
});

test('an app that had just ended when the second client asked proves nothing', () => {
  const kind = oneStreams();
  kind.hostInfo(B, 0, other);
  kind.launched(B, APP);
  kind.ended(A);
  kind.streaming(B);
  kind.hostInfo(A, APP, other);
  assert.equal(kind.sessions, 'shared');
});

test('what a client is told about its own app proves nothing', () => {
  const kind = oneStreams();
  kind.hostInfo(A, APP, other);
  assert.equal(kind.sessions, null);
});

test('neither does what a client is told about its own app from before a restart', () => {
  const kind = oneStreams();
  kind.hostInfo(B, APP, { hasOwn: true });
  assert.equal(kind.sessions, null);
});

test('separate sessions are proof, a shared one may be an app that a client had left: the proof wins', () => {
  const kind = oneStreams();
  kind.hostInfo(B, APP, other);
  kind.hostInfo(B, 0, other);
  kind.launched(B, APP);
  kind.streaming(B);
  assert.equal(kind.sessions, 'perClient');
  kind.ended(B);
  kind.hostInfo(B, APP, other);
  assert.equal(kind.sessions, 'perClient');
});

test('the pause before a launch is kept until a host has sent a ping payload', () => {
  const kind = new HostKind();
  assert.equal(kind.needsRelaunchPause, true);
  kind.streamSetUp({ pingPayload: true });
  assert.equal(kind.needsRelaunchPause, false);
  kind.streamSetUp({ pingPayload: false });
  assert.equal(kind.needsRelaunchPause, true);
});

test('each thing learned is reported once, and learning continues from there', () => {
  const learned: HostTraits[] = [];
  const kind = new HostKind(UNKNOWN_KIND, (traits) => learned.push(traits));
  for (let start = 0; start < 3; start++) kind.streamSetUp({ pingPayload: true });
  assert.deepEqual(learned, [{ sessions: null, relaunchPause: false }]);
  assert.equal(new HostKind(learned[0]).needsRelaunchPause, false);
});

test('a different host at the same address is learned from scratch', () => {
  const kind = oneStreams();
  kind.hostInfo(B, APP, other);
  kind.streamSetUp({ pingPayload: true });
  kind.forget();
  assert.deepEqual([kind.sessions, kind.needsRelaunchPause], [null, true]);
});
