// How an agent platform uses Moonshare, from start to end. README.md says how to run it.
import { setTimeout as delay } from 'node:timers/promises';
import { Moonshare, type MoonshareEvent } from './moonshare.ts';

const {
  MOONSHARE_URL = 'http://127.0.0.1:8080',
  MOONSHARE_CREDENTIALS = '',
  HOST_ID = '0',
  APP_TITLE = 'Desktop',
  SESSION = 'example',
} = process.env;

const moonshare = new Moonshare(MOONSHARE_URL, MOONSHARE_CREDENTIALS);
const streamer = `agent-${SESSION}`;
const path = `/api/streamers/${streamer}`;

/** A new app can take some seconds to appear in the host's list. */
async function waitForApp(title: string): Promise<number> {
  for (const end = Date.now() + 30_000; Date.now() < end; await delay(1000)) {
    const query = `host_id=${HOST_ID}&force_refresh=true`;
    const { apps } = await moonshare.call<{ apps: { app_id: number; title: string }[] }>('GET', `/api/apps?${query}`);
    const app = apps.find((candidate) => candidate.title === title);
    if (app !== undefined) return app.app_id;
  }
  throw new Error(`The host does not list ${title}`);
}

/** Prints who comes and goes; resolves when the last person has left. */
async function watchPeople(events: AsyncIterable<MoonshareEvent>): Promise<void> {
  for await (const { type, streamer_id, peer_id, viewers } of events) {
    if (streamer_id !== streamer || !type.startsWith('viewer.')) continue;
    console.log(`${type} ${peer_id}`);
    if (type === 'viewer.left' && viewers === 0) return;
  }
}

const app_id = await waitForApp(APP_TITLE);
console.log(`app ${APP_TITLE} is ${app_id}`);

// Followed from before the start, so that nothing is missed.
const following = new AbortController();
const peopleLeft = watchPeople(moonshare.events(following.signal));

try {
  // Answers once the session with the host is up.
  const { status } = await moonshare.call<{ status: string }>('POST', '/api/streamers', {
    streamer_id: streamer,
    client_unique_id: `platform-${streamer}`,
    host_id: Number(HOST_ID),
    app_id,
    width: 1280,
    height: 720,
    fps: 30,
    bitrate: 5000,
  });
  console.log(`streamer ${streamer} is ${status}`);

  // The agent works with nobody watching.
  const { accepted } = await moonshare.call<{ accepted: number }>('POST', `${path}/input`, {
    events: [
      { kind: 'mousePosition', x: 640, y: 360, width: 1280, height: 720 },
      { kind: 'mouseButton', button: 1, down: true },
      { kind: 'mouseButton', button: 1, down: false },
      { kind: 'text', text: 'hello from the agent' },
      { kind: 'key', virtualKey: 13, down: true },
      { kind: 'key', virtualKey: 13, down: false },
    ],
    release: true,
  });
  console.log(`the agent typed: ${accepted} events`);

  const { streamers } = await moonshare.call<{ streamers: { streamer_id: string; connected_peers: number }[] }>(
    'GET',
    '/api/streamers',
  );
  for (const { streamer_id, connected_peers } of streamers)
    console.log(`listed ${streamer_id}: ${connected_peers} viewers`);

  // A person takes over: anyone with this address may use the desktop for an hour.
  const link = await moonshare.call<{ url: string }>('POST', `${path}/links`, { role: 'full', expires_in: 3600 });
  console.log(`open ${link.url}`);

  await peopleLeft;
} finally {
  following.abort();
  await moonshare.call('DELETE', path).catch((error) => console.error(`${error}`));
  console.log('ended');
}
