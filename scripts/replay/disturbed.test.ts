import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORDINGS, type Recording } from '../../fixtures/recordings.ts';
import { parseAudioDatagram } from '../../packages/gamestream/audio/datagram.ts';
import { openVideoDatagram, videoOpener } from '../../packages/gamestream/video/cipher.ts';
import { parseVideoDatagram } from '../../packages/gamestream/video/datagram.ts';
import { readPcap } from './pcap.ts';
import { replay } from './replay.ts';
import type { RecordedSession } from './session.ts';
import { buildPcap, readRecording, readReference } from './testing/captures.ts';
import { readUdp, type UdpDatagram } from './udp.ts';

/** Disturbs recordings by seed; the expected output is computed from the packet headers alone. */
interface Disturbance {
  seed: number;
  /** Percent of the media packets that are dropped. */
  drop: number;
  /** Percent of all packets that are repeated. */
  repeat: number;
  /** Every fifth media packet is late by at most this many places. */
  late: number;
}

const DISTURBANCES: Disturbance[] = [
  { seed: 1, drop: 0, repeat: 10, late: 0 },
  { seed: 2, drop: 0, repeat: 0, late: 10 },
  { seed: 3, drop: 15, repeat: 0, late: 0 },
  { seed: 4, drop: 15, repeat: 10, late: 10 },
  { seed: 5, drop: 30, repeat: 5, late: 3 },
];

for (const recording of RECORDINGS) {
  let read: ReturnType<typeof readRecording> | undefined;
  for (const disturbance of DISTURBANCES) {
    const { drop, repeat, late } = disturbance;
    test(`${recording.name} with ${drop} % lost, ${repeat} % repeated, 20 % up to ${late} late: everything recoverable is recovered`, () => {
      read ??= readRecording(recording);
      const { pcap, session } = read;
      const packets = disturb(
        readPcap(pcap).map((p) => p.data),
        session,
        disturbance,
      );
      const lines = replay(buildPcap(packets), session);
      const datagrams = packets.flatMap((packet) => readUdp(1, packet) ?? []);
      assert.deepEqual(lines.video, expectedVideo(recording, datagrams, session));
      assert.deepEqual(lines.audio, expectedAudio(recording, datagrams, session));
      assert.deepEqual(lines.control, readReference(recording, 'control'));
    });
  }
}

function disturb(packets: readonly Buffer[], session: RecordedSession, d: Disturbance): Buffer[] {
  let state = d.seed * 7919;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const isMedia = (packet: Buffer) => {
    const port = readUdp(1, packet)?.source.port;
    return port === session.ports.video || port === session.ports.audio;
  };
  return packets
    .filter((packet) => !isMedia(packet) || random(100) >= d.drop)
    .flatMap((packet) => (random(100) < d.repeat ? [packet, packet] : [packet]))
    .map((packet, i) => ({ packet, place: i + (isMedia(packet) && random(5) === 0 ? random(d.late + 1) : 0) }))
    .sort((a, b) => a.place - b.place)
    .map(({ packet }) => packet);
}

/** A frame is complete when each of its blocks has at least as many different shards as data shards. */
function expectedVideo(recording: Recording, datagrams: readonly UdpDatagram[], session: RecordedSession): object[] {
  const reference = new Map(readReference(recording, 'video').map((line) => [line.frame, line]));
  const frames = new Map<number, { blocks: number; missing: Map<number, { k: number; shards: Set<number> }> }>();
  const open = videoOpener(session.key);
  const room = Buffer.alloc(65_536);
  for (const { source, payload } of datagrams) {
    if (source.port !== session.ports.video) continue;
    const plain = session.videoEncrypted ? openVideoDatagram(open, payload, room) : payload;
    const d = plain === null ? null : parseVideoDatagram(plain);
    if (d === null) continue;
    const frame = frames.get(d.frameIndex) ?? { blocks: d.lastBlock + 1, missing: new Map() };
    frames.set(d.frameIndex, frame);
    const block = frame.missing.get(d.block) ?? { k: d.dataShards, shards: new Set() };
    frame.missing.set(d.block, block);
    block.shards.add(d.shardIndex);
  }
  return [...frames].map(([frame, { blocks, missing }]) => {
    const complete = missing.size === blocks && [...missing.values()].every(({ k, shards }) => shards.size >= k);
    return complete ? reference.get(frame)! : { kind: 'video', frame, lost: true };
  });
}

/** A packet can be delivered if it came, or if any four of its block's six shards did. */
function expectedAudio(recording: Recording, datagrams: readonly UdpDatagram[], session: RecordedSession): object[] {
  const reference = readReference(recording, 'audio');
  const blocks = new Map<number, Set<number>>();
  for (const { source, payload } of datagrams) {
    const d = source.port === session.ports.audio ? parseAudioDatagram(payload) : null;
    if (d === null) continue;
    const base = d.type === 'data' ? d.sequence & ~3 : d.baseSequence;
    const block = blocks.get(base) ?? new Set();
    blocks.set(base, block.add(d.type === 'data' ? d.sequence - base : 4 + d.index));
  }
  return reference.filter((line) => {
    const seq = line.seq as number;
    const block = blocks.get(seq & ~3);
    return block !== undefined && (block.size >= 4 || block.has(seq & 3));
  });
}
