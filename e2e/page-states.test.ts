import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ErrorCode, ServerSignal } from '@moonshare/contract';
import type { Browser, Page } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium, newPerson } from './harness/chromium.ts';
import { collectFaults } from './harness/faults.ts';
import { type ScriptedPeer, ScriptedServer } from './harness/scripted-server.ts';
import { poll } from './harness/virtual-host.ts';

// What the page says about problems that a real server seldom has, under a path prefix and a strict content policy.

let browser: Browser;
/** For all tests: each has a server of its own, so another origin. */
let page: Page;
let faults: string[];

before(async () => {
  await buildWeb();
  browser = await launchChromium();
  page = await (await newPerson(browser)).newPage();
  faults = await collectFaults(page);
});
after(() => browser?.close());

interface Scene {
  server: ScriptedServer;
  page: Page;
  /** Waits until the page shows this. */
  says(text: RegExp): Promise<void>;
}

/** A person at a server, whose page must not report any fault. */
function scene(name: string, play: (scene: Scene) => Promise<void>): void {
  test(name, async () => {
    const server = new ScriptedServer();
    await server.start();
    faults.length = 0;
    try {
      await play({ server, page, says: (text) => page.getByText(text).first().waitFor() });
      assert.deepEqual(faults, []);
    } finally {
      await page.goto('about:blank');
      await server.stop();
    }
  });
}

const WEBRTC: ServerSignal = { WebRtcConfig: { ice_servers: [] } };
type Status = 'starting' | 'active' | 'reconnecting' | 'failed' | 'stopping';

function streamer(status: Status, details: { stage?: string; code?: ErrorCode } = {}): ServerSignal {
  const error = details.code === undefined ? null : { code: details.code, error: 'what happened', hint: 'what to do' };
  return { StreamerState: { status, stage: details.stage ?? null, error, viewers: 1 } };
}

function joins(...signals: ServerSignal[]): (peer: ScriptedPeer) => void {
  return (peer) => {
    for (const signal of signals) peer.send(signal);
  };
}

function refusal(status: number, code: ErrorCode) {
  return { status, body: { error: 'what happened', code, hint: 'what to do' } };
}

scene(
  'without a stream the first page explains itself, and opens a link or a stream name',
  async ({ server, page, says }) => {
    await page.goto(server.base);
    await says(/streamed once, watched and played by many/);
    await page.getByLabel('Open a stream').fill('no such thing');
    await page.getByRole('button', { name: 'Open' }).click();
    await says(/neither a stream link nor a stream name/);
    server.script.token = refusal(404, 'STREAMER_NOT_FOUND');
    await page.getByLabel('Open a stream').fill('agent-1');
    await page.getByRole('button', { name: 'Open' }).click();
    await says(/Stream not found/);
    assert.equal(page.url(), `${server.base}s/agent-1`);
  },
);

scene('a link that is no longer valid is explained, and can be tried again', async ({ server, page, says }) => {
  server.script.token = refusal(401, 'UNAUTHORIZED');
  await page.goto(server.link());
  await says(/This link is not valid/);
  await says(/Ask for a new one/);
  server.script.token = ScriptedServer.GRANTED;
  server.script.join = joins(streamer('starting'));
  await page.getByRole('button', { name: 'Try again' }).click();
  await says(/Preparing the host/);
});

scene(
  "the link's token travels in a header only; the address holds just the short-lived one",
  async ({ server, page, says }) => {
    server.script.join = joins(WEBRTC);
    await page.goto(server.link('demo', 'very-secret'));
    await says(/Setting up picture and sound/);
    assert.ok(!server.requests.some((request) => request.includes('very-secret')));
    assert.ok(server.requests.includes('UPGRADE /prefix/api/streamers/demo/peer?token=short&events=1&control=1'));
  },
);

scene('the page shows the stages of the host while it starts', async ({ server, page, says }) => {
  let peer: ScriptedPeer | undefined;
  server.script.join = (joined) => {
    peer = joined;
    joined.send(streamer('starting', { stage: 'Asking the host' }));
  };
  await page.goto(server.link());
  await says(/Current step: Asking the host/);
  peer?.send({ StageStarting: { stage: 'RTSP handshake' } });
  await says(/Current step: RTSP handshake/);
});

scene('the first offer has video, audio and data channels, and candidates follow', async ({ server, page }) => {
  const { promise: candidate, resolve } = Promise.withResolvers<ScriptedPeer>();
  server.script.join = (peer) => {
    peer.send(WEBRTC);
    peer.onSignal = (signal) => {
      if ('Signaling' in signal && 'AddIceCandidate' in signal.Signaling) resolve(peer);
    };
  };
  await page.goto(server.link());
  const [first, ...rest] = (await candidate).received;
  const offer = first && 'Signaling' in first && 'Description' in first.Signaling && first.Signaling.Description;
  assert.ok(offer && offer.ty === 'offer');
  assert.equal(offer.sdp.match(/^a=recvonly/gm)?.length, 2);
  assert.match(offer.sdp, /^m=video/m);
  assert.match(offer.sdp, /^m=audio/m);
  assert.match(offer.sdp, /^m=application/m);
  assert.match(offer.sdp, /opus\/48000\/2[\s\S]*;stereo=1/);
  assert.ok(rest.length > 0);
});

scene('a failed streamer is shown with its reason', async ({ server, page, says }) => {
  server.script.join = joins(WEBRTC, streamer('failed', { code: 'HOST_UNREACHABLE' }));
  await page.goto(server.link());
  await says(/The host cannot be reached/);
  await says(/HOST_UNREACHABLE/);
});

scene('a streamer that was ended stays ended, whatever closes after it', async ({ server, page, says }) => {
  server.script.join = (peer) => {
    joins(WEBRTC, streamer('stopping', { code: 'STREAMER_STOPPED' }), 'PeerDisconnect')(peer);
    peer.close(4410, 'STREAMER_STOPPED');
  };
  await page.goto(server.link());
  await says(/The stream has ended/);
  await page.getByRole('button', { name: 'Try again' }).waitFor();
});

scene('a codec that this browser cannot play is not retried', async ({ server, page, says }) => {
  let joined = 0;
  server.script.join = (peer) => {
    joined += 1;
    peer.send(WEBRTC);
    peer.close(4406, 'CODEC_UNSUPPORTED');
  };
  await page.goto(server.link());
  await says(/The browser cannot play the codec of this stream/);
  assert.equal(joined, 1);
});

scene('on a network without UDP the page says so and keeps trying', async ({ server, page, says }) => {
  const { promise: again, resolve } = Promise.withResolvers<void>();
  let joined = 0;
  server.script.join = (peer) => {
    joined += 1;
    peer.send(WEBRTC);
    if (joined < 3) peer.close(4502, 'VIEWER_UNREACHABLE');
    else resolve();
  };
  await page.goto(server.link());
  await again;
  await says(/UDP does not get through the network in between.* Retrying automatically/);
});

scene('a lost server is retried, and rejoined with a fresh token', async ({ server, page, says }) => {
  server.script.join = joins(WEBRTC);
  await page.goto(server.link());
  await says(/Setting up picture and sound/);
  await server.stop();
  await says(/The server is not responding/);
  await says(/Retrying automatically/);
  server.requests.length = 0;
  const { promise: back, resolve } = Promise.withResolvers<void>();
  server.script.join = () => resolve();
  await server.start();
  await back;
  assert.deepEqual(server.requests, [
    'POST /prefix/api/streamers/demo/token',
    'UPGRADE /prefix/api/streamers/demo/peer?token=short&events=1&control=1',
  ]);
});

scene('help opens, says how to get the keyboard back, and closes', async ({ server, page, says }) => {
  await page.goto(server.link());
  await page.getByRole('button', { name: 'Help' }).click();
  await says(/Gives you back keyboard, mouse and screen/);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});

scene('a request without an answer times out and is repeated', async ({ server, page, says }) => {
  server.script.join = joins(WEBRTC);
  await page.goto(server.link());
  await says(/Setting up picture and sound/);
  const tokens = () => server.requests.filter((request) => request.endsWith('/token')).length;
  const asked = tokens();
  await server.stop();
  server.script.token = null;
  await server.start();
  // As on a connection that leads nowhere: the browser itself would wait for minutes.
  await poll(
    'two requests without an answer',
    async () => tokens(),
    (count) => count >= asked + 2,
  );
  const back = new Promise<void>((resolve) => {
    server.script.join = () => resolve();
  });
  server.script.token = ScriptedServer.GRANTED;
  await back;
});

scene(
  'the page probes only servers that support it, and reconnects with its resume token if no answer comes',
  async ({ server, page, says }) => {
    let joined = (_peer: ScriptedPeer): void => undefined;
    const peer = new Promise<ScriptedPeer>((resolve) => {
      joined = resolve;
    });
    server.script.join = (each) => {
      joins(WEBRTC)(each);
      joined(each);
    };
    await page.goto(server.link());
    await says(/Setting up picture and sound/);
    const { received, send } = await peer;
    assert.ok(!JSON.stringify(received).includes('StillThere'));
    send({ ResumeToken: { token: 'secret' } });
    await poll(
      'the probe',
      async () => received,
      (signals) => JSON.stringify(signals).includes('StillThere'),
    );
    // Without an answer it reconnects, with nothing but its resume token.
    await poll(
      'the resume token',
      async () => server.requests,
      (requests) => requests.some((request) => request.includes('?events=1&control=1&resume=secret')),
    );
  },
);
