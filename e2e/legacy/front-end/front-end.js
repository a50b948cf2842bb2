// What a legacy front end does, written only from protocol/4 §1, §3 and §5.
import { Api } from './api.js';
import { Stream } from './stream.js';

const $ = (id) => document.getElementById(id);
const say = (text) => {
  $('status').textContent = text;
};

let api = null;
let stream = null;

$('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  api = new Api($('credentials').value);
  const status = await api.authenticate();
  if (status === 200) await showHosts();
  say(status === 200 ? 'logged in' : `not logged in: ${status}`);
});

$('add').addEventListener('submit', async (event) => {
  event.preventDefault();
  await api.addHost($('address').value, Number($('port').value));
  await showHosts();
});

async function showHosts() {
  const hosts = await api.hosts();
  $('hosts').replaceChildren(...hosts.map(hostItem));
}

function hostItem({ host_id, name, paired, server_state }) {
  const item = document.createElement('li');
  item.textContent = `${name} ${paired} ${server_state}`;
  item.append(
    button('Pair', () => pair(host_id)),
    button('Apps', () => showApps(host_id)),
  );
  return item;
}

async function pair(hostId) {
  for await (const line of api.pair(hostId)) {
    if (line.Pin !== undefined) say(`PIN ${line.Pin}`);
    else say(line.Paired === undefined ? line : `paired with ${line.Paired.name}`);
  }
  await showHosts();
}

async function showApps(hostId) {
  const apps = await api.apps(hostId);
  const items = apps.map(async ({ app_id, title }) => {
    const item = document.createElement('li');
    const image = document.createElement('img');
    image.alt = title;
    image.src = URL.createObjectURL(await api.image(hostId, app_id));
    item.append(
      image,
      button(`Start ${title}`, () => start(hostId, app_id)),
    );
    return item;
  });
  $('apps').replaceChildren(...(await Promise.all(items)));
}

function start(hostId, appId) {
  stream?.close();
  window.seen.length = 0;
  stream = new Stream(api, { hostId, appId, video: $('video'), say, seen: window.seen });
}

function button(label, act) {
  const element = document.createElement('button');
  element.textContent = label;
  element.addEventListener('click', act);
  return element;
}

$('quit').addEventListener('click', () => {
  stream?.close();
  say('quit');
});
for (const kind of ['keydown', 'keyup']) {
  document.addEventListener(kind, (event) => stream?.key(event.keyCode, kind === 'keydown'));
}
