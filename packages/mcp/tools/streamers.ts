import type { StreamerInfo } from '@moonshare/api';
import { controlPolicySchema, streamSettingsSchema } from '@moonshare/contract';
import { z } from 'zod';
import { type Call, type Tool, tool } from '../tool.ts';
import { STREAMER } from './shapes.ts';

/** The longest that a start usually takes; the server has its own limits. */
const START_MS = 60_000;

const { width, height, fps, bitrate } = streamSettingsSchema.shape;
const U32 = z.int().min(0).max(0xffff_ffff);

export const STREAMER_TOOLS: readonly Tool[] = [
  tool({
    name: 'list_streamers',
    title: 'List streamers',
    description: 'The streams that you may see, with their state.',
    input: z.strictObject({}),
    annotations: { readOnlyHint: true, openWorldHint: false },
    run: async (_input, { api, signal }) => {
      const { streamers } = await api.listStreamers({ signal });
      return { streamers: streamers.map(brief) };
    },
  }),
  tool({
    name: 'list_hosts',
    title: 'List hosts',
    description: 'The machines that can be streamed from.',
    input: z.strictObject({}),
    annotations: { readOnlyHint: true, openWorldHint: false },
    run: (_input, { api, signal }) => api.listHosts({ signal }),
  }),
  tool({
    name: 'list_apps',
    title: 'List apps',
    description: 'The apps of a host: its desktop, games, programs.',
    input: z.strictObject({ host_id: U32.describe('As listed by list_hosts') }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    run: ({ host_id }, { api, signal }) => api.listApps(host_id, false, { signal }),
  }),
  tool({
    name: 'create_streamer',
    title: 'Start a streamer',
    description: 'Starts an app of a host as a stream, and answers when its picture is there.',
    input: z.strictObject({
      ...STREAMER,
      streamer_id: STREAMER.streamer_id.describe('A name of your choice, which no other streamer has'),
      host_id: U32.describe('As listed by list_hosts'),
      app_id: U32.describe('As listed by list_apps'),
      width: width.describe('Pixels'),
      height: height.describe('Pixels'),
      fps,
      bitrate: bitrate.describe('kbit/s'),
      control_policy: controlPolicySchema.optional(),
    }),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    run: async (input, call) => {
      call.progress.start(START_MS, () => stageOf(input.streamer_id, call));
      const body = { ...input, client_unique_id: input.streamer_id };
      return brief(await call.api.createStreamer(body, { signal: call.signal }));
    },
  }),
  tool({
    name: 'end_streamer',
    title: 'End a streamer',
    description:
      'Ends a stream for everybody, and the app on its host if Moonshare started it. What is not saved there is lost.',
    input: z.strictObject(STREAMER),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    run: async ({ streamer_id }, { api, signal }) => {
      await api.endStreamer(streamer_id, { signal });
      return { ended: streamer_id };
    },
  }),
];

/** What matters to an agent. */
function brief({ peers: _peers, connected_peers: viewers, ...streamer }: StreamerInfo): Record<string, unknown> {
  const { streamer_id, status, stage, error, width, height, fps, host_id, app_id, owner, may_manage } = streamer;
  return { streamer_id, status, stage, error, width, height, fps, host_id, app_id, viewers, owner, may_manage };
}

/** What a streamer that is being started is doing. */
async function stageOf(streamerId: string, { api, signal }: Call): Promise<string> {
  const streamer = await api.streamer(streamerId, { signal, retries: 0 }).catch(() => null);
  return `${streamerId} is starting${streamer?.stage ? `: ${streamer.stage}` : ''}`;
}
