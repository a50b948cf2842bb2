import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Negotiation as NegotiationMessage } from '@moonshare/contract/browser';
import { OfferNegotiation } from './negotiation.ts';

const OFFER = 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n';

/** Tests only the rules of order; real connections are tested in e2e/, where there is a browser. */
class FakePeer extends EventTarget {
  signalingState = 'stable';
  connectionState = 'new';
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  readonly calls: string[] = [];
  /** A browser that does not allow its offers to be changed. */
  strict = false;
  restartIce(): void {
    this.calls.push('restart');
  }
  addTransceiver(kind: string, init: { direction: string }): void {
    this.calls.push(`transceiver ${kind} ${init.direction}`);
  }
  async createOffer() {
    return { type: 'offer', sdp: OFFER };
  }
  async setLocalDescription(description: { type: string; sdp: string }): Promise<void> {
    if (this.strict && description.sdp !== OFFER) throw new Error('no');
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    this.calls.push(`local ${description.type}`);
  }
  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    if (description.sdp === 'broken') throw new Error('no SDP');
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    this.calls.push(`remote ${description.type}`);
  }
  async addIceCandidate(init: { candidate: string }): Promise<void> {
    this.calls.push(`candidate ${init.candidate}`);
    if (init.candidate === 'bad') throw new Error('bad candidate');
  }
  become(state: string): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

function setUp(t: TestContext, surround = false) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const peer = new FakePeer();
  const sent: NegotiationMessage[] = [];
  const ends: string[] = [];
  const negotiation = new OfferNegotiation(
    peer as unknown as RTCPeerConnection,
    {
      signal: (message) => sent.push(message),
      connected: () => ends.push('connected'),
      failed: (why) => ends.push(why.code),
    },
    { surround },
  );
  t.after(() => negotiation.close());
  return { peer, sent, ends, negotiation, settle: () => new Promise(setImmediate) };
}

const description = (ty: 'offer' | 'answer', sdp = `their ${ty}`): NegotiationMessage => ({ Description: { ty, sdp } });
const candidate = (name: string): NegotiationMessage => ({ AddIceCandidate: { candidate: name, sdp_mid: '0' } });

test('the first offer asks for video and audio', async (t) => {
  const { peer, sent, negotiation, settle } = setUp(t);
  negotiation.start();
  await settle();
  assert.deepEqual(peer.calls, ['transceiver video recvonly', 'transceiver audio recvonly', 'local offer']);
  assert.deepEqual(sent, [{ Description: { ty: 'offer', sdp: OFFER } }]);
});

test('candidates that arrive before the answer wait for it, and a bad one is ignored', async (t) => {
  const { peer, ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(candidate('early'));
  negotiation.receive(candidate('bad'));
  negotiation.receive(description('answer'));
  negotiation.receive(candidate('late'));
  await settle();
  assert.deepEqual(peer.calls.slice(3), ['remote answer', 'candidate early', 'candidate bad', 'candidate late']);
  assert.deepEqual(ends, []);
});

test('glare: an offer from the server is ignored while ours is open, and its answer is accepted', async (t) => {
  const { peer, sent, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('offer'));
  negotiation.receive(description('answer'));
  await settle();
  assert.deepEqual(peer.calls.slice(2), ['local offer', 'remote answer']);
  assert.equal(sent.length, 1);
});

test('a later offer from the server is answered with an offer of our own', async (t) => {
  const { peer, sent, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('answer'));
  negotiation.receive(description('offer'));
  await settle();
  assert.deepEqual(peer.calls.slice(4), ['local offer']);
  assert.deepEqual(sent[1], { Description: { ty: 'offer', sdp: OFFER } });
});

test('surround is in each offer, until a browser has refused it', async (t) => {
  const { peer, sent, negotiation, settle } = setUp(t, true);
  negotiation.start();
  negotiation.receive(description('answer'));
  await settle();
  peer.strict = true;
  negotiation.receive(description('offer'));
  negotiation.receive(description('answer'));
  await settle();
  peer.strict = false;
  negotiation.receive(description('offer'));
  await settle();
  const offers = sent.map((message) => ('Description' in message ? message.Description.sdp : ''));
  assert.match(offers[0]!, /multiopus/);
  assert.deepEqual(offers.slice(1), [OFFER, OFFER]);
});

test('a second answer is ignored', async (t) => {
  const { peer, ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('answer'));
  negotiation.receive(description('answer'));
  await settle();
  assert.equal(peer.calls.filter((call) => call === 'remote answer').length, 1);
  assert.deepEqual(ends, []);
});

test('the end of candidates is not sent', (t) => {
  const { peer, sent } = setUp(t);
  for (const value of [
    null,
    { candidate: '' },
    { candidate: 'c', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null },
  ]) {
    peer.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: value }));
  }
  assert.deepEqual(sent, [
    { AddIceCandidate: { candidate: 'c', sdp_mid: '0', sdp_mline_index: 0, username_fragment: null } },
  ]);
});

test('no connection within 15 s of the answer means that the viewer is unreachable', async (t) => {
  const { ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('answer'));
  await settle();
  t.mock.timers.tick(14_999);
  assert.deepEqual(ends, []);
  t.mock.timers.tick(1);
  assert.deepEqual(ends, ['VIEWER_UNREACHABLE']);
});

test('a short disconnect recovers, a long one is MEDIA_LOST, reported once', async (t) => {
  const { peer, ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('answer'));
  await settle();
  peer.become('connected');
  peer.become('disconnected');
  t.mock.timers.tick(4000);
  peer.become('connected');
  t.mock.timers.tick(60_000);
  assert.deepEqual(ends, ['connected', 'connected']);
  peer.become('disconnected');
  t.mock.timers.tick(5000);
  peer.become('failed');
  assert.deepEqual(ends.slice(2), ['MEDIA_LOST']);
});

test('ICE is restarted by an offer a second after a disconnect, once, and again after the next', async (t) => {
  const { peer, sent, ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('answer'));
  await settle();
  peer.become('connected');
  for (const offers of [2, 3]) {
    peer.become('disconnected');
    t.mock.timers.tick(999);
    await settle();
    assert.equal(sent.length, offers - 1);
    t.mock.timers.tick(1);
    await settle();
    assert.equal(sent.length, offers);
    peer.become('failed');
    negotiation.receive(description('answer'));
    await settle();
    peer.become('connected');
  }
  assert.equal(peer.calls.filter((call) => call === 'restart').length, 2);
  t.mock.timers.tick(60_000);
  assert.deepEqual(ends, ['connected', 'connected', 'connected']);
});

test('a connection that fails at once is restarted at once, and given up when that does not help', async (t) => {
  const { peer, sent, ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('answer'));
  await settle();
  peer.become('connected');
  peer.become('failed');
  await settle();
  assert.equal(sent.length, 2);
  t.mock.timers.tick(4999);
  assert.deepEqual(ends, ['connected']);
  t.mock.timers.tick(1);
  assert.deepEqual(ends, ['connected', 'MEDIA_LOST']);
});

test('an answer that is not SDP ends the attempt', async (t) => {
  const { ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.receive(description('answer', 'broken'));
  await settle();
  assert.deepEqual(ends, ['SERVER_BAD_REPLY']);
});

test('after close nothing more happens', async (t) => {
  const { peer, sent, ends, negotiation, settle } = setUp(t);
  negotiation.start();
  negotiation.close();
  negotiation.receive(description('answer'));
  peer.become('failed');
  await settle();
  assert.deepEqual([sent, ends], [[], []]);
});
