import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeTcpPort, freeUdpPort } from '../harness/free-port.ts';
import { LineProcess } from '../harness/line-process.ts';
import { exists, NotInstalledError } from '../harness/programs.ts';
import { answerTo, readSide } from '../harness/sdp.ts';
import { feedClip } from './floor.ts';
import type { RunningSender, Sender, Stage } from './types.ts';

const PLUGIN = 'janus.plugin.streaming';
const MOUNTPOINT = 1;
const START_MS = 20_000;
const POLL_MS = 100;

interface Answer {
  janus: string;
  data?: { id: number };
  jsep?: { type: string; sdp: string };
  error?: { reason: string };
  plugindata?: { data?: { error?: string } };
}

/** Janus with its streaming plugin: it makes the offers. */
export const janus: Sender = {
  name: 'Janus',
  receivers: ['plain'],
  start: async (stage) => {
    if (!exists('janus')) throw new NotInstalledError('Janus: apt install janus');
    if (stage.network.kind === 'loopback')
      throw new NotInstalledError('a network for Janus, whose ICE library leaves loopback out: run the bench as root');
    const [apiPort, rtpPort] = [await freeTcpPort(), await freeUdpPort()];
    const folder = mkdtempSync(joinPath(tmpdir(), 'moonshare-bench-janus-'));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    process.once('exit', remove);
    writeConfiguration(folder, { apiPort, rtpPort, address: stage.network.senderAddress });
    const args = [
      `--config=${folder}/janus.jcfg`,
      `--configs-folder=${folder}`,
      `--log-file=${folder}/log`,
      '--disable-stdout',
    ];
    const server = new LineProcess<never>('janus', args);
    const api = new JanusApi(`http://127.0.0.1:${apiPort}/janus`, server);
    try {
      await api.ready();
      return new RunningJanus(stage, { server, api, feed: feedClip(stage, rtpPort), remove });
    } catch (error) {
      await server.close();
      remove();
      throw error;
    }
  },
};

interface Parts {
  server: LineProcess<never>;
  api: JanusApi;
  feed: LineProcess<never>;
  remove: () => void;
}

class RunningJanus implements RunningSender {
  readonly #stage: Stage;
  readonly #parts: Parts;

  constructor(stage: Stage, parts: Parts) {
    this.#stage = stage;
    this.#parts = parts;
  }

  get pid(): number {
    return this.#parts.server.pid;
  }

  async join(count: number): Promise<void> {
    const { receivers } = this.#stage;
    for (let joined = 0; joined < count; joined += 1) {
      const { viewer, ...side } = await receivers.add();
      const { offer, accept } = await this.#parts.api.watch();
      await accept(answerTo(offer, side));
      await receivers.connect(viewer, readSide(offer), false);
    }
  }

  async eventLoopDelay(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    await this.#parts.feed.close();
    await this.#parts.server.close();
    this.#parts.remove();
  }
}

/** Its HTTP interface: requests are posted, what comes of them is polled. */
class JanusApi {
  readonly #url: string;
  readonly #server: LineProcess<never>;

  constructor(url: string, server: LineProcess<never>) {
    this.#url = url;
    this.#server = server;
  }

  async ready(): Promise<void> {
    for (const deadline = Date.now() + START_MS; ; ) {
      const response = await this.#server.orFailed(fetch(`${this.#url}/info`).catch(() => null));
      if (response?.ok) return;
      if (Date.now() > deadline) throw new Error('Janus does not answer');
      await this.#server.orFailed(sleep(POLL_MS));
    }
  }

  /** A viewer of the clip in a session of its own, so that its events are no one else's. */
  async watch(): Promise<{ offer: string; accept: (sdp: string) => Promise<unknown> }> {
    const session = `/${(await this.#post('', { janus: 'create' })).data!.id}`;
    const handle = `${session}/${(await this.#post(session, { janus: 'attach', plugin: PLUGIN })).data!.id}`;
    await this.#post(handle, { janus: 'message', body: { request: 'watch', id: MOUNTPOINT } });
    const { jsep, plugindata } = await this.#event(session);
    if (jsep === undefined) throw new Error(`Janus makes no offer: ${plugindata?.data?.error ?? 'no reason given'}`);
    const accept = (sdp: string) =>
      this.#post(handle, { janus: 'message', body: { request: 'start' }, jsep: { type: 'answer', sdp } });
    return { offer: jsep.sdp, accept };
  }

  async #event(session: string): Promise<Answer> {
    for (;;) {
      const answer = (await (await this.#server.orFailed(fetch(`${this.#url}${session}`))).json()) as Answer;
      if (answer.janus === 'event') return answer;
    }
  }

  async #post(path: string, body: object): Promise<Answer> {
    const request = { method: 'POST', body: JSON.stringify({ ...body, transaction: 'bench' }) };
    const answer = (await (await this.#server.orFailed(fetch(`${this.#url}${path}`, request))).json()) as Answer;
    if (answer.janus === 'error') throw new Error(`Janus: ${answer.error?.reason}`);
    return answer;
  }
}

/** Debian's defaults, but nothing that the bench does not use. */
function writeConfiguration(
  folder: string,
  { apiPort, rtpPort, address }: { apiPort: number; rtpPort: number; address: string },
): void {
  const files = {
    'janus.jcfg': `
      general: { debug_level = 3, session_timeout = 0, server_name = "bench" }
      nat: { ice_enforce_list = "${address}", full_trickle = false }
      media: { ipv6 = false }
      plugins: { disable = "${OTHER_PLUGINS.map((name) => `libjanus_${name}.so`).join(',')}" }
      transports: { disable = "${OTHER_TRANSPORTS.map((name) => `libjanus_${name}.so`).join(',')}" }
      events: { broadcast = false }`,
    'janus.transport.http.jcfg': `
      general: { json = "compact", base_path = "/janus", http = true, ip = "127.0.0.1", port = ${apiPort}, https = false }
      admin: { admin_http = false }`,
    [`${PLUGIN}.jcfg`]: `
      clip: { type = "rtp", id = ${MOUNTPOINT}, description = "clip", audio = false, video = true, videoport = ${rtpPort},
        videopt = 96, videocodec = "h264", videofmtp = "profile-level-id=64002a;packetization-mode=1" }`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(joinPath(folder, name), text);
}

const OTHER_PLUGINS = [
  'audiobridge',
  'duktape',
  'echotest',
  'lua',
  'nosip',
  'recordplay',
  'sip',
  'textroom',
  'videocall',
  'videoroom',
  'voicemail',
];
const OTHER_TRANSPORTS = ['mqtt', 'nanomsg', 'pfunix', 'rabbitmq', 'websockets'];
