import { createHash } from 'node:crypto';
import { AudioReceiver } from '../../packages/gamestream/audio/receiver.ts';
import { ControlCipher } from '../../packages/gamestream/control/cipher.ts';
import { EnetObserver, type ObservedMessage } from '../../packages/gamestream/enet/observer.ts';
import type { AccessUnit, AudioPacket } from '../../packages/gamestream/types.ts';
import { VideoReceiver } from '../../packages/gamestream/video/receiver.ts';
import type { VideoEvent } from '../../packages/gamestream/video/types.ts';
import type { CoreOutput } from '../../packages/sans-io/index.ts';
import { readPcap } from './pcap.ts';
import { findMediaPorts } from './ports.ts';
import type { RecordedSession } from './session.ts';
import { readUdp, type UdpDatagram } from './udp.ts';

export type VideoLine =
  | { kind: 'video'; frame: number; idr: boolean; length: number; sha256: string }
  | { kind: 'video'; frame: number; lost: true };

export interface AudioLine {
  kind: 'audio';
  seq: number;
  length: number;
  sha256: string;
}

export interface ControlLine {
  kind: 'control';
  from: 'client' | 'host';
  channel: number;
  mode: string;
  seq: number;
  type: number;
  plain: string;
}

export interface Replay {
  video: VideoLine[];
  audio: AudioLine[];
  control: ControlLine[];
}

/** A recording can be waited for without end: only what is truly missing counts as lost. Time is counted in packets. */
const PATIENCE = { frames: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY, startFrames: 8 };
const MAX_UDP = 65535;

/** What a recording holds, read with the code that receives a live stream. Errors: MALFORMED. */
export function replay(pcap: Buffer, session: RecordedSession): Replay {
  const datagrams = readPcap(pcap).flatMap(({ linkType, data }) => readUdp(linkType, data) ?? []);
  const ports = findMediaPorts(datagrams, session.ports);
  return {
    video: replayVideo(datagrams, ports.video, session),
    audio: replayAudio(datagrams, ports.audio, session),
    control: replayControl(datagrams, session),
  };
}

function replayVideo(datagrams: readonly UdpDatagram[], port: number, session: RecordedSession): VideoLine[] {
  const receiver = new VideoReceiver({
    codec: session.codec,
    maxDatagram: MAX_UDP,
    appVersion: session.version,
    hold: PATIENCE,
    key: session.videoEncrypted ? session.key : undefined,
  });
  const lines: { first: number; line: VideoLine }[] = [];
  const take = ({ events }: CoreOutput<VideoEvent>) => {
    for (const event of events) {
      if (event.type === 'frame') lines.push({ first: event.frame.receivedAt, line: frameLine(event.frame) });
      if (event.type !== 'lost' || !event.frame.received) continue;
      const { frameIndex, receivedAt } = event.frame;
      lines.push({ first: receivedAt, line: { kind: 'video', frame: frameIndex, lost: true } });
    }
  };
  datagrams.forEach(({ source, payload }, index) => {
    if (source.port === port) take(receiver.receive(payload, index));
  });
  take(receiver.advance(Number.POSITIVE_INFINITY));
  // `index` stood in for the time, so a frame's time of arrival is the position of its first datagram.
  return lines.sort((a, b) => a.first - b.first).map(({ line }) => line);
}

function frameLine(unit: AccessUnit): VideoLine {
  const { frameIndex, keyFrame, data } = unit;
  return { kind: 'video', frame: frameIndex, idr: keyFrame, length: data.length, sha256: sha256(data) };
}

function replayAudio(datagrams: readonly UdpDatagram[], port: number, session: RecordedSession): AudioLine[] {
  const receiver = new AudioReceiver({
    packetMs: session.audioPacketMs,
    holdMs: Number.POSITIVE_INFINITY,
    ...(session.audioEncrypted ? { key: session.key, keyId: session.keyId } : {}),
  });
  const packets: AudioPacket[] = [];
  datagrams.forEach(({ source, payload }, index) => {
    if (source.port === port) packets.push(...receiver.receive(payload, index).events);
  });
  packets.push(...receiver.advance(Number.POSITIVE_INFINITY).events);
  return packets.map(({ sequence, data }) => {
    return { kind: 'audio', seq: sequence & 0xffff, length: data.length, sha256: sha256(data) };
  });
}

function replayControl(datagrams: readonly UdpDatagram[], session: RecordedSession): ControlLine[] {
  const { key, controlStyle: style } = session;
  const ciphers = {
    client: new ControlCipher({ key, style, role: 'host' }),
    host: new ControlCipher({ key, style, role: 'client' }),
  };
  const lines: ControlLine[] = [];
  const take = (messages: ObservedMessage[]) => {
    for (const { from, channel, mode, data } of messages) {
      const opened = ciphers[from].open(data);
      if (opened === null) continue;
      const { sequence, plain } = opened;
      const type = plain.readUInt16LE(0);
      lines.push({ kind: 'control', from, channel, mode, seq: sequence, type, plain: plain.toString('hex') });
    }
  };
  // Anyone else who talks to the control port has a separate connection.
  const observers = new Map<string, EnetObserver>();
  for (const { source, destination, payload } of datagrams) {
    const from = source.port === session.ports.control ? 'host' : 'client';
    if (from === 'client' && destination.port !== session.ports.control) continue;
    const client = from === 'host' ? destination : source;
    const name = `${client.address} ${client.port}`;
    const observer = observers.get(name) ?? new EnetObserver();
    observers.set(name, observer);
    take(observer.receive(payload, from));
  }
  for (const observer of observers.values()) take(observer.flush());
  return lines;
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
