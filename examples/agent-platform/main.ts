// How an agent platform uses Moonshare, from start to end. README.md says how to run it.
import { setTimeout as delay } from 'node:timers/promises';
import { type EventFeed, MoonshareApi } from '@moonshare/api';

const {
  MOONSHARE_URL = 'http://127.0.0.1:8080',
  MOONSHARE_CREDENTIALS = '',
  HOST_ID = '0',
  APP_TITLE = 'Desktop',
  SESSION = 'example',
} = process.env;

const moonshare = new MoonshareApi({ url: MOONSHARE_URL, token: MOONSHARE_CREDENTIALS });
const streamer = `agent-${SESSION}`;
const host = Number(HOST_ID);

/** A new app can take some seconds to appear in the host's list. */
async function waitForApp(title: string): Promise<number> {
  for (const end = Date.now() + 30_000; Date.now() < end; await delay(1000)) {
    const { apps } = await moonshare.listApps(host, true);
    const app = apps.find((candidate) => candidate.title === title);
    if (app !== undefined) return app.app_id;
  }
  throw new Error(`The host does not list ${title}`);
}

/** Prints who comes and goes; resolves when the last person has left. */
async function watchPeople(events: EventFeed): Promise<void> {
  for await (const event of events) {
    if (event.type !== 'viewer.joined' && event.type !== 'viewer.left') continue;
    if (event.streamer_id !== streamer) continue;
    console.log(`${event.type} ${event.peer_id}`);
    if (event.type === 'viewer.left' && event.viewers === 0) return;
  }
}

const app_id = await waitForApp(APP_TITLE);
console.log(`app ${APP_TITLE} is ${app_id}`);

// Followed from before the start, so that nothing is missed.
const following = new AbortController();
const peopleLeft = watchPeople(moonshare.events({ signal: following.signal }));

try {
  // Answers once the session with the host is up.
  const { status } = await moonshare.createStreamer({
    streamer_id: streamer,
    client_unique_id: `platform-${streamer}`,
    host_id: host,
    app_id,
    width: 1280,
    height: 720,
    fps: 30,
    bitrate: 5000,
  });
  console.log(`streamer ${streamer} is ${status}`);

  // The agent works with nobody watching.
  const { accepted } = await moonshare.sendInput(streamer, {
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

  const { streamers } = await moonshare.listStreamers();
  for (const { streamer_id, connected_peers } of streamers)
    console.log(`listed ${streamer_id}: ${connected_peers} viewers`);

  // A person takes over: anyone with this address may use the desktop for an hour.
  const link = await moonshare.createLink(streamer, { role: 'full', expires_in: 3600 });
  console.log(`open ${link.url}`);

  await peopleLeft;
} finally {
  following.abort();
  await moonshare.endStreamer(streamer).catch((error) => console.error(`${error}`));
  console.log('ended');
}
