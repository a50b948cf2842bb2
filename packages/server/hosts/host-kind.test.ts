import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostKind, type HostTraits, UNKNOWN_KIND } from './host-kind.ts';

const [A, B] = [1, 2];
const APP = 7;
/** The client that is told has started nothing itself. */
const other = { hasOwn: false };

/** A host on which the first client streams an app. */
function oneStreams(): HostKind {
  const kind = new HostKind();
  kind.hostInfo(A, 0, other);
  kind.launched(A, APP);
  kind.streaming(A);
  return kind;
}

test('one client alone tells nothing of whose the sessions are', () => {
  assert.equal(oneStreams().sessions, null);
});

test('a second client that is told of the app of the first shares it', () => {
  const kind = oneStreams();
  kind.hostInfo(B, APP, other);
  assert.equal(kind.sessions, 'shared');
});

test('a second client that is told of nothing, and then streams beside the first, has a session of its own', () => {
  const kind = oneStreams();
  kind.hostInfo(B, 0, other);
  kind.launched(B, APP);
  assert.equal(kind.sessions, null);
  kind.streaming(B);
  assert.equal(kind.sessions, 'perClient');
});

test('the first may get its picture last', () => {
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

test('an app that had just ended when the second asked proves nothing', () => {
  const kind = oneStreams();
  kind.hostInfo(B, 0, other);
  kind.launched(B, APP);
  kind.ended(A);
  kind.streaming(B);
  kind.hostInfo(A, APP, other);
  assert.equal(kind.sessions, 'shared');
});

test('what a client is told of its own app proves nothing', () => {
  const kind = oneStreams();
  kind.hostInfo(A, APP, other);
  assert.equal(kind.sessions, null);
});

test('a client that is told of the app it had itself before a restart proves nothing either', () => {
  const kind = oneStreams();
  kind.hostInfo(B, APP, { hasOwn: true });
  assert.equal(kind.sessions, null);
});

test('sessions of their own are a proof, a shared one may be an app that a client had left: the proof wins', () => {
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

test('the pause before a launch is kept until a host has given a ping payload', () => {
  const kind = new HostKind();
  assert.equal(kind.needsRelaunchPause, true);
  kind.streamSetUp({ pingPayload: true });
  assert.equal(kind.needsRelaunchPause, false);
  kind.streamSetUp({ pingPayload: false });
  assert.equal(kind.needsRelaunchPause, true);
});

test('what is learned is told once, and goes on from there', () => {
  const learned: HostTraits[] = [];
  const kind = new HostKind(UNKNOWN_KIND, (traits) => learned.push(traits));
  for (let start = 0; start < 3; start++) kind.streamSetUp({ pingPayload: true });
  assert.deepEqual(learned, [{ sessions: null, relaunchPause: false }]);
  assert.equal(new HostKind(learned[0]).needsRelaunchPause, false);
});

test('another host at the same address is learned anew', () => {
  const kind = oneStreams();
  kind.hostInfo(B, APP, other);
  kind.streamSetUp({ pingPayload: true });
  kind.forget();
  assert.deepEqual([kind.sessions, kind.needsRelaunchPause], [null, true]);
});
