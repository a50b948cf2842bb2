import { CREDENTIALS, type TestPeer, type TestServer } from './test-server.ts';

const PATH = '/api/host/stream';

/** The first message of a legacy front end. */
export function init(changes: Record<string, unknown> = {}): unknown {
  return {
    AuthenticateAndInit: {
      credentials: CREDENTIALS,
      client_unique_id: null,
      host_id: 0,
      app_id: 1,
      bitrate: 10_000,
      packet_size: 2048,
      fps: 60,
      width: 1280,
      height: 720,
      video_sample_queue_size: 6,
      play_audio_local: false,
      audio_sample_queue_size: 20,
      video_supported_formats: 1,
      video_colorspace: 'Rec709',
      video_color_range_full: false,
      ...changes,
    },
  };
}

export async function open(server: TestServer, first: unknown = init(), headers = {}): Promise<TestPeer> {
  const peer = server.peer(PATH, headers);
  await peer.opened;
  peer.send(first);
  return peer;
}

export function says(peer: TestPeer, word: string): Promise<unknown> {
  return peer.message((message) => JSON.stringify(message).includes(word));
}

/** The IDs of all streamers. */
export async function ids(server: TestServer): Promise<string[]> {
  return (await server.call('GET', '/api/streamers')).body.streamers.map((s: { streamer_id: string }) => s.streamer_id);
}
