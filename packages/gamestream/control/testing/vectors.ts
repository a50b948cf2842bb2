import { readFileSync } from 'node:fs';
import type { ClientMessage, HostMessage } from '../message.ts';

/** protocol/2 §7: `plain` is the V2 message, `packet` the whole ENet payload. For tests. */
export interface ControlVector {
  name: string;
  from: 'client' | 'host';
  style: 'v2' | 'old';
  seq: number;
  iv: string;
  plain: string;
  packet: string;
}

export const VECTOR_KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

export const VECTORS: ControlVector[] = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'));

const pad = (number: number) => ({ kind: 'controllerState' as const, number, activeMask: 1, buttons: 0 });
const input = (packet: Extract<ClientMessage, { type: 'input' }>['packet']): ClientMessage => ({
  type: 'input',
  packet,
});

/** The typed form of the client's vectors, by name. */
export const CLIENT_MESSAGES: Record<string, ClientMessage> = {
  'request-idr (sent in the start A position)': { type: 'requestIdr' },
  'start-b': { type: 'startB' },
  'periodic-ping': { type: 'ping' },
  'invalidate-ref-frames 100..103': { type: 'invalidateFrames', first: 100, last: 103 },
  'ltr-ack frame 90': { type: 'ltrAck', frame: 90 },
  'frame-fec-status': {
    type: 'frameFecStatus',
    status: {
      frameIndex: 1234,
      highestSequence: 515,
      nextContiguousSequence: 511,
      missingBeforeHighest: 3,
      dataPackets: 10,
      parityPackets: 4,
      receivedData: 8,
      receivedParity: 3,
      fecPercentage: 25,
      blockIndex: 0,
      blockCount: 1,
    },
  },
  'loss-stats (older hosts)': { type: 'lossStats', lastGoodFrame: 4242 },
  'input: haptics-enable': input({ kind: 'hapticsEnable', enabled: true }),
  'input: key-down A (0x8041), no modifiers': input({ kind: 'keyDown', keyCode: 0x8041, modifiers: 0, flags: 0 }),
  'input: key-up A, shift+ctrl': input({ kind: 'keyUp', keyCode: 0x8041, modifiers: 3, flags: 0 }),
  'input: key-down 0xBA non-normalized': input({ kind: 'keyDown', keyCode: 0x80ba, modifiers: 0, flags: 1 }),
  'input: text U+20AC': input({ kind: 'text', text: '€' }),
  'input: mouse-rel +10,-3': input({ kind: 'mouseMove', dx: 10, dy: -3 }),
  'input: mouse-abs 640,360 of 1280x720': input({ kind: 'mousePosition', x: 640, y: 360, width: 1280, height: 720 }),
  'input: mouse-button left down': input({ kind: 'mouseDown', button: 1 }),
  'input: mouse-button left up': input({ kind: 'mouseUp', button: 1 }),
  'input: scroll +120': input({ kind: 'scroll', amount: 120 }),
  'input: hscroll -30': input({ kind: 'hscroll', amount: -30 }),
  'input: touch down': input({
    kind: 'touch',
    event: 'down',
    pointerId: 7,
    x: 0.25,
    y: 0.5,
    pressureOrDistance: 0.75,
    contactMajor: 0,
    contactMinor: 0,
    rotation: 0xffff,
  }),
  'input: touch move': input({
    kind: 'touch',
    event: 'move',
    pointerId: 7,
    x: 0.5,
    y: 0.5,
    pressureOrDistance: 1,
    contactMajor: 0.0625,
    contactMinor: 0.03125,
    rotation: 45,
  }),
  'input: pen hover': input({
    kind: 'pen',
    event: 'hover',
    tool: 1,
    buttons: 0,
    x: 0.125,
    y: 0.875,
    pressureOrDistance: 0.5,
    rotation: 90,
    tilt: 30,
    contactMajor: 0,
    contactMinor: 0,
  }),
  'input: controller-arrival #0': input({
    kind: 'controllerArrival',
    number: 0,
    type: 2,
    capabilities: 0x00fb,
    supportedButtons: 0x0010f7ff,
  }),
  'input: controller-state #0: A+paddle1': input({
    ...pad(0),
    buttons: 0x00011000,
    leftTrigger: 0,
    rightTrigger: 255,
    leftX: -32768,
    leftY: 32767,
    rightX: 0,
    rightY: -1,
  }),
  'input: controller-state #1 removed': input({
    ...pad(1),
    leftTrigger: 0,
    rightTrigger: 0,
    leftX: 0,
    leftY: 0,
    rightX: 0,
    rightY: 0,
  }),
  'input: controller-touch #0 down': input({
    kind: 'controllerTouch',
    number: 0,
    event: 'down',
    touchpad: 0,
    pointerId: 1,
    x: 0.5,
    y: 0.25,
    pressure: 1,
  }),
  'input: controller-motion #0 gyro': input({ kind: 'controllerMotion', number: 0, sensor: 2, x: 1.5, y: -2, z: 90 }),
  'input: controller-battery #0': input({ kind: 'controllerBattery', number: 0, state: 3, percentage: 80 }),
  'request-idr, old style, seq truncated': { type: 'requestIdr' },
  'periodic-ping, old style': { type: 'ping' },
  'request-idr, large seq': { type: 'requestIdr' },
};

/** The typed form of the host's vectors, by name. */
export const HOST_MESSAGES: Record<string, HostMessage> = {
  'rumble #0 low 0x8000 high 0x4000': { type: 'rumble', controller: 0, low: 0x8000, high: 0x4000 },
  'trigger-rumble #0': { type: 'triggerRumble', controller: 0, left: 0x1234, right: 0xffff },
  'motion-enable #0 gyro 100 Hz': { type: 'motionEnable', controller: 0, rateHz: 100, sensor: 2 },
  'rgb-led #0 #FF8040': { type: 'led', controller: 0, red: 0xff, green: 0x80, blue: 0x40 },
  'adaptive-triggers #0 right only': {
    type: 'adaptiveTriggers',
    controller: 0,
    which: 4,
    leftType: 0,
    rightType: 0x21,
    left: Buffer.alloc(10),
    right: Buffer.from('10200000000000000000', 'hex'),
  },
  'hdr-on with metadata': {
    type: 'hdrMode',
    enabled: true,
    metadata: {
      red: { x: 35400, y: 14600 },
      green: { x: 8500, y: 39850 },
      blue: { x: 6550, y: 2300 },
      white: { x: 15635, y: 16450 },
      maxDisplayLuminance: 1000,
      minDisplayLuminance: 50,
      maxContentLightLevel: 0,
      maxFrameAverageLightLevel: 0,
      maxFullFrameLuminance: 400,
    },
  },
  'hdr-off': { type: 'hdrMode', enabled: false, metadata: null },
  'termination graceful': { type: 'termination', code: 0x80030023 },
  'termination graceful, old style': { type: 'termination', code: 0x80030023 },
  'rumble, old style': { type: 'rumble', controller: 0, low: 0x8000, high: 0x4000 },
};
