import { Decoder, Demuxer } from 'node-av/api';
import { AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { quietFfmpeg } from '../encode/ffmpeg.ts';

export interface ReadMp4 {
  /** The size of the decoded pictures, or the channels of the decoded sound. */
  width: number;
  height: number;
  channels: number;
  /** `at`: seconds, as the file says. */
  packets: { at: number; isKey: boolean }[];
  decoded: number;
}

/** Reads and decodes a file of one track with FFmpeg. Throws if it is damaged. */
export async function readMp4(file: Buffer): Promise<ReadMp4> {
  quietFfmpeg();
  const input = await Demuxer.open(file);
  const stream = input.video() ?? input.audio()!;
  const decoder = await Decoder.create(stream, { exitOnError: true });
  const { num, den } = stream.timeBase;
  const read: ReadMp4 = { width: 0, height: 0, channels: 0, packets: [], decoded: 0 };
  try {
    for await (const packet of input.packets()) {
      // What the decoder still has comes with the end.
      for (const frame of await decoder.decodeAll(packet)) {
        read.decoded += 1;
        if (stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO) [read.width, read.height] = [frame.width, frame.height];
        else read.channels = frame.channels;
        frame.free();
      }
      if (packet === null) break;
      read.packets.push({ at: (Number(packet.pts) * num) / den, isKey: packet.isKeyframe });
      packet.free();
    }
  } finally {
    decoder.close();
    await input.close();
  }
  return read;
}
