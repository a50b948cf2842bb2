import type { CreateStreamer } from '@moonshare/api';
import { hostEncryptionSettingSchema, roleSchema, VideoFormat } from '@moonshare/contract';
import { onlyHere } from '../../loopback.ts';
import { serverOf } from '../api-client.ts';
import { chooseApp } from '../choose-app.ts';
import { type Command, type Context, UsageError } from '../command.ts';
import { table } from '../table.ts';
import { singleLine } from '../terminal-text.ts';
import { hostId } from './hosts.ts';

const CODECS: Readonly<Record<string, number>> = {
  h264: VideoFormat.H264,
  hevc: VideoFormat.HEVC,
  av1: VideoFormat.AV1,
};

const SURROUND = [2, 6, 8] as const;
const WHEEL_STEPS = ['auto', 'fine', 'notches'] as const;

export const streamerCommands: Command[] = [
  {
    name: 'streamers list',
    summary: 'List the streamers of the running server.',
    run: async ({ settings, print }) => {
      const { streamers } = await serverOf(settings.config).listStreamers();
      const rows = streamers.map((streamer) => [
        streamer.streamer_id,
        streamer.status,
        String(streamer.connected_peers),
        `${streamer.width}x${streamer.height} at ${streamer.fps}`,
        streamer.error?.error ?? streamer.stage ?? '',
      ]);
      print({ streamers }, table(['Id', 'Status', 'Viewers', 'Picture', ''], rows));
    },
  },
  {
    name: 'streamers start',
    summary: 'Start an app of a host as a streamer, and wait for its picture.',
    arguments: ['<streamer id>'],
    options: {
      host: { type: 'string', value: '<id>', doc: 'As in hosts list; 0 by default.' },
      app: { type: 'string', value: '<title or id>', doc: 'Desktop by default, otherwise the first.' },
      size: { type: 'string', value: '<width>x<height>', doc: 'Size of the picture; 1280x720 by default.' },
      fps: { type: 'string', value: '<number>', doc: 'Frames per second; 60 by default.' },
      bitrate: { type: 'string', value: '<kbit/s>', doc: '20000 by default.' },
      codec: {
        type: 'string',
        value: '<name>',
        doc: 'h264, hevc or av1; by default h264, which every browser plays.',
      },
      surround: {
        type: 'string',
        value: '<channels>',
        doc: 'Sound in 6 (5.1) or 8 (7.1) channels; 2 (stereo) by default.',
      },
      'wheel-steps': {
        type: 'string',
        value: '<which>',
        doc: 'fine, notches or auto (fine on hosts that are known to accept small steps); auto by default.',
      },
      'host-encryption': {
        type: 'string',
        value: '<how much>',
        doc: 'auto, always or never, like the setting hostEncryption, which applies by default.',
      },
      'no-wait': { type: 'boolean', doc: 'Return at once; the list shows the outcome.' },
    },
    run: async (context) => {
      const server = serverOf(context.settings.config);
      const [id] = context.arguments;
      const host = hostId(option(context, 'host') ?? '0');
      const asked = picture(context);
      const app = chooseApp((await server.listApps(host)).apps, option(context, 'app'), '--app');
      const body = { streamer_id: id!, client_unique_id: id!, host_id: host, app_id: app.app_id, ...asked };
      const wait = context.options['no-wait'] !== true;
      const streamer = await server.createStreamer(body, { wait });
      context.print({ streamer }, `Streamer ${id} is ${streamer.status}: ${singleLine(app.title)}.`);
    },
  },
  {
    name: 'streamers link',
    summary: 'Create a link that lets anyone who has it into a streamer.',
    arguments: ['<streamer id>'],
    options: {
      role: { type: 'string', value: '<role>', doc: 'watch, gamepad or full; watch by default.' },
      expires: { type: 'string', value: '<seconds>', doc: 'How long it lets people in; one day by default.' },
      uses: { type: 'string', value: '<number>', doc: 'How many browsers it lets in.' },
      vouched: {
        type: 'boolean',
        doc: 'It opens only where somebody is logged in who can see the streamer, or in a browser that was vouched for by API. For 15 minutes by default.',
      },
    },
    run: async (context) => {
      const [id] = context.arguments;
      const expires = number(context, 'expires');
      const uses = number(context, 'uses');
      const link = await serverOf(context.settings.config).createLink(id!, {
        role: choice(context, 'role', roleSchema.options) ?? 'watch',
        ...(expires === undefined ? {} : { expires_in: expires }),
        ...(uses === undefined ? {} : { max_uses: uses }),
        ...(context.options.vouched === true ? { vouched: true } : {}),
      });
      context.print({ link }, link.url);
      const hint = onlyHere(link.url);
      if (hint !== null) context.progress(hint);
    },
  },
  {
    name: 'streamers viewers',
    summary: 'List who is watching a streamer, over which transport, and how much of the stream they get.',
    arguments: ['<streamer id>'],
    run: async ({ settings, arguments: [id], print }) => {
      const detail = await serverOf(settings.config).streamer(id!);
      const measured = new Map(detail.statistics?.viewers.map((viewer) => [viewer.peer_id, viewer]));
      const viewers = detail.peers.map((peer) => ({ ...peer, statistics: measured.get(peer.peer_id) ?? null }));
      const rows = viewers.map(({ peer_id, user, link_id, role, statistics }) => [
        peer_id,
        user ?? (link_id === null ? 'credentials' : `link ${link_id}`),
        role,
        statistics?.transport ?? '',
        statistics?.rung ?? '',
        statistics === null ? '' : `${Math.round(statistics.bitrate_kbps)} kbit/s`,
      ]);
      print({ viewers }, table(['Id', 'Who', 'Role', 'Transport', 'Stream', 'Sent'], rows));
    },
  },
  {
    name: 'streamers end',
    summary: 'End a streamer, along with its viewers and its session on the host.',
    arguments: ['<streamer id>'],
    run: async ({ settings, arguments: [id], print }) => {
      await serverOf(settings.config).endStreamer(id!);
      print({ ended: id }, `Ended streamer ${id}.`);
    },
  },
];

function picture(context: Context): Partial<CreateStreamer> {
  const size = option(context, 'size');
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(size ?? '1280x720') ?? [];
  if (width === undefined) throw new UsageError('--size must look like 1280x720');
  const codec = option(context, 'codec') ?? 'h264';
  const format = Object.hasOwn(CODECS, codec) ? CODECS[codec] : undefined;
  if (format === undefined) throw new UsageError(`--codec must be one of ${Object.keys(CODECS).join(', ')}`);
  const channels = number(context, 'surround');
  const surround = SURROUND.find((value) => value === channels);
  if (channels !== surround) throw new UsageError('--surround must be 2, 6 or 8');
  const encryption = choice(context, 'host-encryption', hostEncryptionSettingSchema.options);
  const fps = number(context, 'fps');
  const bitrate = number(context, 'bitrate');
  return {
    width: Number(width),
    height: Number(height),
    video_supported_formats: format,
    wheel_steps: choice(context, 'wheel-steps', WHEEL_STEPS) ?? 'auto',
    ...(encryption === undefined ? {} : { host_encryption: encryption }),
    ...(fps === undefined ? {} : { fps }),
    ...(bitrate === undefined ? {} : { bitrate }),
    ...(surround === undefined ? {} : { surround }),
  };
}

function option({ options }: Context, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function number(context: Context, name: string): number | undefined {
  const text = option(context, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} must be a number`);
  return Number(text);
}

/** Throws UsageError. */
function choice<const T extends string>(context: Context, name: string, values: readonly T[]): T | undefined {
  const text = option(context, name);
  const chosen = values.find((value) => value === text);
  if (text !== undefined && chosen === undefined) throw new UsageError(`--${name} must be one of ${values.join(', ')}`);
  return chosen;
}
