import {
  type ClientMessage,
  type HdrMetadata,
  type HostMessage,
  type InputPacket,
  splitText,
} from '../../packages/gamestream/index.ts';

const EFFECT = Buffer.alloc(10, 3);
const POINT = { x: 1, y: 2 };
const METADATA: HdrMetadata = {
  red: POINT,
  green: POINT,
  blue: POINT,
  white: POINT,
  maxDisplayLuminance: 1,
  minDisplayLuminance: 2,
  maxContentLightLevel: 3,
  maxFrameAverageLightLevel: 4,
  maxFullFrameLuminance: 5,
};
/** Every message that a host may send. */
export const HOST_MESSAGES: HostMessage[] = [
  { type: 'rumble', controller: 0, low: 1, high: 0xffff },
  { type: 'triggerRumble', controller: 15, left: 1, right: 2 },
  { type: 'motionEnable', controller: 1, rateHz: 100, sensor: 2 },
  { type: 'led', controller: 1, red: 1, green: 2, blue: 3 },
  { type: 'adaptiveTriggers', controller: 1, which: 3, leftType: 1, rightType: 2, left: EFFECT, right: EFFECT },
  { type: 'hdrMode', enabled: true, metadata: METADATA },
  { type: 'hdrMode', enabled: false, metadata: null },
  { type: 'termination', code: 0x80030023 },
  { type: 'unknown', code: 0x0109, payload: EFFECT },
];
const STATUS = {
  frameIndex: 1,
  highestSequence: 2,
  nextContiguousSequence: 3,
  missingBeforeHighest: 4,
  dataPackets: 5,
  parityPackets: 6,
  receivedData: 7,
  receivedParity: 8,
  fecPercentage: 20,
  blockIndex: 0,
  blockCount: 1,
};
const PAD = { number: 1 };
const PLACE = { x: 0.5, y: 0.25, pressureOrDistance: 1, contactMajor: 0, contactMinor: 0, rotation: 90 };
/** Every kind of input. */
export const INPUT: InputPacket[] = [
  { kind: 'hapticsEnable', enabled: true },
  { kind: 'keyDown', keyCode: 65, modifiers: 1, flags: 0 },
  { kind: 'keyUp', keyCode: 65, modifiers: 0, flags: 1 },
  { kind: 'text', text: 'é' },
  ...splitText('text of some length'),
  { kind: 'mouseMove', dx: 7, dy: -7 },
  { kind: 'mousePosition', x: 1, y: 2, width: 3, height: 4 },
  { kind: 'mouseDown', button: 1 },
  { kind: 'mouseUp', button: 5 },
  { kind: 'scroll', amount: 120 },
  { kind: 'hscroll', amount: -120 },
  { kind: 'touch', event: 'down', pointerId: 1, ...PLACE },
  { kind: 'pen', event: 'move', tool: 1, buttons: 1, tilt: 30, ...PLACE },
  { kind: 'controllerArrival', ...PAD, type: 1, capabilities: 3, supportedButtons: 0xffff },
  {
    kind: 'controllerState',
    ...PAD,
    activeMask: 3,
    buttons: 0x1000,
    leftTrigger: 1,
    rightTrigger: 2,
    leftX: -1,
    leftY: 1,
    rightX: -32768,
    rightY: 32767,
  },
  { kind: 'controllerTouch', ...PAD, event: 'up', touchpad: 0, pointerId: 1, x: 0.5, y: 0.5, pressure: 1 },
  { kind: 'controllerMotion', ...PAD, sensor: 1, x: 1, y: 2, z: 3 },
  { kind: 'controllerBattery', ...PAD, state: 1, percentage: 50 },
];

/** Every message that a client may send. */
export const CLIENT_MESSAGES: ClientMessage[] = [
  { type: 'requestIdr' },
  { type: 'startB' },
  { type: 'ping' },
  { type: 'invalidateFrames', first: 1, last: 2 },
  { type: 'ltrAck', frame: 1 },
  { type: 'frameFecStatus', status: STATUS },
  { type: 'lossStats', lastGoodFrame: 1 },
  { type: 'input', packet: INPUT[1]! },
];
