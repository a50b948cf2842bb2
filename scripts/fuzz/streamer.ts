import {
  decodeInput,
  decodeViewerMessage,
  encodeAcknowledgement,
  encodeInput as encodeChannel,
  MoonshareError,
  viewerInputSchema,
} from '../../packages/contract/index.ts';
import { encodeInput } from '../../packages/gamestream/index.ts';
import type { CoreOutput } from '../../packages/sans-io/index.ts';
import { AudioClock } from '../../packages/streamer/clock/audio-clock.ts';
import { VideoClock } from '../../packages/streamer/clock/video-clock.ts';
import { HostSessionMachine } from '../../packages/streamer/host-session/state-machine.ts';
import type { HostSessionAction, HostSessionEvent } from '../../packages/streamer/host-session/types.ts';
import { InputArbiter } from '../../packages/streamer/input/arbiter.ts';
import { VideoSender } from '../../packages/streamer/webrtc/media-sender.ts';
import { MediaTime } from '../../packages/streamer/websocket/media-time.ts';
import { SendWindow, type WindowFrame } from '../../packages/streamer/websocket/send-window.ts';
import { VideoMessage } from '../../packages/streamer/websocket/video-message.ts';
import { PacketHistory, parseRtcp } from '../../packages/webrtc/index.ts';
import { CODEC_UNITS } from './bitstream.ts';
import { CHANNEL_SAMPLES } from './browser.ts';
import type { Target } from './target.ts';
import { RTCP_SAMPLES } from './webrtc-media.ts';

const UNIT = { frameIndex: 0, hostTimestamp: 0, receivedAt: 0, hostLatency: 0 };
const LABELS = ['mouse', 'keyboard', 'touch', 'controllers', 'controller0', 'controller15'];

/** What the streamer does with parsed input from both sides: one message leaves state for the next. */
export function streamerTargets(): Target[] {
  return [...mediaMessages(), clocks(), sendWindow(), input(), agentInput(), resend(), hostSession()];
}

/** A host's access units become messages for media sockets. */
function mediaMessages(): Target[] {
  return Object.entries(CODEC_UNITS).map(([codec, samples]) => ({
    name: `streamer-media-message-${codec}`,
    samples,
    run: (data, random) => {
      const unit = { ...UNIT, data, keyFrame: random.below(2) === 0 };
      const message = new VideoMessage(unit, {
        codec: codec as keyof typeof CODEC_UNITS,
        number: 0xffff_ffff,
        timeUs: 1,
      });
      const whole = Buffer.concat(message.pieces({ isAfterGap: random.below(2) === 0 }));
      if (whole.length !== message.bytes) throw new Error(`${whole.length} bytes instead of ${message.bytes}`);
    },
  }));
}

/** What a browser acknowledges, whether or not it was sent; the window's invariant is that no frame goes without its reference. */
function sendWindow(): Target {
  const acknowledgement = encodeAcknowledgement({
    queued: 1,
    received: 0xffff_fff8,
    shown: 0xffff_fff7,
    receivedAtMs: 0,
  });
  return {
    name: 'streamer-send-window',
    samples: [Buffer.concat(Array(8).fill(acknowledgement))],
    run: (bytes, random) => {
      const window = new SendWindow<WindowFrame>();
      let now = 0;
      let number = 0xffff_fff0;
      for (let at = 0; at < bytes.length; at += acknowledgement.length) {
        now += random.below(400);
        window.offer({ number, bytes: random.below(100_000), isKey: random.below(8) === 0 }, now);
        number = (number + 1 + (random.below(8) === 0 ? 1 : 0)) >>> 0;
        const message = decodeViewerMessage(bytes.subarray(at));
        if (message?.kind !== 'acknowledgement') continue;
        const isKnown = random.below(2) === 0;
        window.acknowledge(isKnown ? { ...message, received: number - 1, shown: number - 1 } : message, now);
        window.takesSound(random.below(100_000), now);
        const kbps = window.networkKbps(now) ?? 0;
        if (!(window.underWayBytes >= 0 && kbps >= 0 && kbps < 1e9)) throw new Error('figures that cannot be');
      }
    },
  };
}

/** A host's numbers become timestamps for browsers, within u16 and u32, or for media sockets, which count on. */
function clocks(): Target {
  return {
    name: 'streamer-clocks',
    samples: [Buffer.alloc(64, 1), Buffer.from('00000000ffffffff0000000100000000', 'hex')],
    run: (bytes) => {
      const video = new VideoClock(0xffff_ff00);
      const audio = new AudioClock({ sequence: 0xfff0, ticks: 0xffff_ff00 });
      const media = new MediaTime();
      let last = -1;
      for (let at = 0; at + 8 <= bytes.length; at += 8) {
        const receivedAt = bytes.readUInt16BE(at + 4) * 10;
        const stamps = [video.stamp({ hostTimestamp: bytes.readUInt32BE(at), receivedAt })];
        const sound = audio.stamp({ sequence: bytes.readUInt32BE(at), durationMs: 5, receivedAt });
        if (sound !== null) stamps.push(sound.timestamp, sound.sequence);
        for (const stamp of stamps) if (stamp !== stamp >>> 0) throw new Error(`${stamp} is not a u32`);
        const shownUs = media.video({ hostTimestamp: bytes.readUInt32BE(at), receivedAt });
        const heardUs = media.audio({ sequence: bytes.readUInt32BE(at), durationMs: 5, receivedAt })?.timeUs ?? 0;
        if (!(Number.isSafeInteger(shownUs) && shownUs > last))
          throw new Error(`a picture of ${shownUs} after ${last}`);
        if (!(Number.isSafeInteger(heardUs) && heardUs >= 0)) throw new Error(`sound of ${heardUs}`);
        last = shownUs;
      }
    },
  };
}

/** Messages of two viewers, of every kind and in any order, and what the host would get. */
function input(): Target {
  return {
    name: 'streamer-input',
    samples: CHANNEL_SAMPLES,
    run: (bytes, random) => {
      const arbiter = arbiterWith(['full', 'gamepad']);
      let full = 'full';
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + random.below(30);
        const event = decodeInput(random.pick(LABELS), bytes.subarray(at, at + length));
        at += length;
        if (event !== null) send(arbiter.handle(random.pick([full, 'gamepad']), event));
        if (random.below(20) === 0) send(arbiter.hostUp({ touch: random.below(2) === 0, fineWheel: true }));
        if (random.below(20) === 0) {
          arbiter.join(`full ${at}`, 'full');
          send(arbiter.transfer(full, `full ${at}`));
          full = `full ${at}`;
        }
      }
      send([...arbiter.leave(full), ...arbiter.releaseAll()]);
      if (arbiter.leave('gamepad').length > 0)
        throw new Error('something was still held after everything was released');
    },
  };
}

/** The same from JSON, whose numbers may have any value. */
function agentInput(): Target {
  const samples = CHANNEL_SAMPLES.flatMap((bytes) => LABELS.map((label) => decodeInput(label, bytes)))
    .filter((event) => event !== null)
    .map((event) => Buffer.from(JSON.stringify(event)));
  return {
    name: 'streamer-agent-input',
    samples,
    run: (bytes) => {
      let value: unknown;
      try {
        value = JSON.parse(bytes.toString());
      } catch {
        return;
      }
      const event = viewerInputSchema.safeParse(value).data;
      if (event === undefined) return;
      encodeChannel(event);
      const arbiter = arbiterWith(['full']);
      send([...arbiter.handle('full', event), ...arbiter.releaseAll()]);
    },
  };
}

function arbiterWith(roles: readonly ('full' | 'gamepad')[]): InputArbiter {
  const arbiter = new InputArbiter();
  for (const role of roles) arbiter.join(role, role);
  arbiter.hostUp({ touch: true, fineWheel: true });
  return arbiter;
}

function send(packets: Parameters<typeof encodeInput>[0][]): void {
  for (const packet of packets) encodeInput(packet);
}

/** A browser may request any packet again: what it gets is bounded. */
function resend(): Target {
  return {
    name: 'streamer-resend',
    samples: RTCP_SAMPLES,
    run: (bytes, random) => {
      const history = new PacketHistory();
      const sender = new VideoSender(random.below(0x1_0000));
      const binding = { payloadType: 96, extensionId: 1, transportNumbersId: 0, rtx: null };
      let sent = 0;
      const count = (packets: readonly Buffer[]) => {
        for (const packet of packets) sent += packet.length;
        return true;
      };
      const packets = Array.from({ length: 50 }, () => Buffer.alloc(1_200));
      const index = history.append(packets, 0);
      const part = { index, bytes: 60_000, now: 0, keyFrame: true, isFirst: true, isLast: true };
      sender.send(packets, part, binding, count);
      for (let i = 0; i < 20; i++) {
        for (const message of parseRtcp(bytes)) {
          if (message.kind === 'nack') sender.missing(message.sequences, i * 30, null);
        }
        sender.resend(history, i * 30, binding, count);
      }
      if (sent > 2 * 60_000 + 128 * 1024) throw new Error(`${sent} bytes sent for 60 000`);
    },
  };
}

const HOST_EVENTS: readonly HostSessionEvent[] = [
  { type: 'slotGranted' },
  { type: 'info', paired: true, currentGame: 0 },
  { type: 'info', paired: true, currentGame: 7 },
  { type: 'info', paired: true, currentGame: 8 },
  { type: 'launched' },
  { type: 'stage', stage: 'control', step: 'done' },
  { type: 'opened', encryption: { control: true, input: true, video: true, audio: true, older_control: false } },
  { type: 'streamEnded', reason: { type: 'lost' } },
  { type: 'streamEnded', reason: { type: 'disconnected' } },
  { type: 'failed', error: new MoonshareError('RTSP_FAILED') },
  { type: 'failed', error: new MoonshareError('NO_SESSION') },
  { type: 'failed', error: new MoonshareError('HOST_TIMEOUT') },
  { type: 'finished' },
  { type: 'stop' },
];

/** What a host and the network to it may do, in any order and at any time; each byte is one event. */
function hostSession(): Target {
  return {
    name: 'streamer-host-session',
    samples: ['00010405060700010405060c', '000104090001040506080004', '0001040a00020405060700'].map((hex) =>
      Buffer.from(hex, 'hex'),
    ),
    run: (bytes, random) => {
      const machine = new HostSessionMachine({ appId: 7, resume: random.below(2) === 0, launchLimitMs: 180_000 });
      let now = 0;
      let slot: 'free' | 'asked' | 'held' = 'free';
      const take = ({ events }: CoreOutput<HostSessionAction>) => {
        for (const { type } of events) {
          if (type === 'requestSlot') {
            if (slot !== 'free') throw new Error(`the slot is requested while ${slot}`);
            slot = 'asked';
          } else if (type === 'releaseSlot') {
            if (slot !== 'held') throw new Error(`the slot is released while ${slot}`);
            slot = 'free';
          }
        }
      };
      const handle = (event: HostSessionEvent) => {
        if (event.type === 'slotGranted' && slot !== 'asked') return;
        if (event.type === 'slotGranted') slot = 'held';
        take(machine.handle(event, now));
      };
      handle({ type: 'start' });
      for (const byte of bytes) {
        now += random.pick([0, 20, 3_000, 11_000]);
        take(machine.advance(now));
        handle(HOST_EVENTS[byte % HOST_EVENTS.length]!);
      }
      for (const type of ['stop', 'finished', 'slotGranted'] as const) handle({ type });
      if (slot !== 'free') throw new Error(`the slot is ${slot} after the end`);
    },
  };
}
