import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlCipher, decodeHostMessage, type HostMessage } from '@moonshare/gamestream';
import { encodeWolfMessage, sealWolfMessages } from './wolf-messages.ts';

/** As recorded, protocol/5 Wolf 17 and captures/wolf-h264-720p60, wolf-h264-host-terminated. */
const RECORDED: [string, HostMessage][] = [
  ['0b010c00000000000000341278560000', { type: 'rumble', controller: 0, low: 0x1234, high: 0x5678 }],
  ['02550600010001020300', { type: 'led', controller: 1, red: 1, green: 2, blue: 3 }],
  ['01550600010064000100', { type: 'motionEnable', controller: 1, rateHz: 100, sensor: 1 }],
  ['0901040080030023', { type: 'termination', code: 0x80030023 }],
];

for (const [plain, message] of RECORDED) {
  test(`${message.type} has Wolf's padding, and always sequence number 0`, () => {
    assert.equal(encodeWolfMessage(message)?.toString('hex'), plain);
    const key = Buffer.alloc(16, 1);
    const client = new ControlCipher({ key, style: 'old', role: 'client' });
    const seal = sealWolfMessages(key);
    for (let time = 0; time < 2; time++) {
      const opened = client.open(seal(message)!)!;
      assert.equal(opened.sequence, 0);
      assert.deepEqual(decodeHostMessage(opened.plain), message);
    }
  });
}

test('messages that Wolf never sends are not sent', () => {
  assert.equal(encodeWolfMessage({ type: 'hdrMode', enabled: false, metadata: null }), null);
  assert.equal(encodeWolfMessage({ type: 'triggerRumble', controller: 0, left: 1, right: 1 }), null);
});
