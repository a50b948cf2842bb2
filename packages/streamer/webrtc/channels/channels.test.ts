import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeFeedback, encodeInput } from '@moonshare/contract';
import fc from 'fast-check';
import type { DataChannel } from 'node-datachannel';
import { FeedbackQueue } from './feedback-queue.ts';
import { MessageRate } from './message-rate.ts';
import { ViewerChannels } from './viewer-channels.ts';

/** A data channel whose line can be slow. */
function channel() {
  const state = { isOpen: true, buffered: 0, sent: [] as unknown[] };
  return {
    state,
    isOpen: () => state.isOpen,
    bufferedAmount: () => state.buffered,
    sendMessageBinary: (data: Uint8Array) => {
      state.sent.push(decodeFeedback(data));
      return true;
    },
  };
}

const rumble = (id: number, low: number) => ({ kind: 'rumble' as const, id, low, high: 0 });

describe('rumble', () => {
  it('goes out at once', () => {
    const queue = new FeedbackQueue();
    const sink = channel();
    queue.send(rumble(0, 5), sink);
    assert.deepEqual(sink.state.sent, [rumble(0, 5)]);
    assert.equal(queue.size, 0);
  });

  it('waits for the channel and for a slow line, the latest per motor', () => {
    const queue = new FeedbackQueue();
    queue.send(rumble(0, 1), null);
    const sink = channel();
    sink.state.buffered = 10_000;
    for (let low = 2; low < 100; low += 1) queue.send(rumble(0, low), sink);
    queue.send(rumble(1, 7), sink);
    queue.send(rumble(0, 0), sink);
    assert.deepEqual(sink.state.sent, []);
    assert.equal(queue.size, 2);
    sink.state.buffered = 0;
    queue.flush(sink);
    assert.deepEqual(sink.state.sent, [rumble(1, 7), rumble(0, 0)]);
  });

  it('never holds more than one value per motor', () => {
    const motor = fc.record({ kind: fc.constant('rumble' as const), id: fc.nat(15), low: fc.nat(9), high: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(motor, { maxLength: 200 }), (all) => {
        const queue = new FeedbackQueue();
        for (const each of all) queue.send(each, null);
        assert.ok(queue.size <= 16);
      }),
    );
  });
});

describe('the channels of a viewer', () => {
  it('are not heard when it is closed, and closed from here when the library has had its time', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const heard: unknown[] = [];
    const fail = (error?: unknown) => assert.fail(String(error));
    const channels = new ViewerChannels(
      { input: (event) => heard.push(event), heard: () => heard.push('heard'), flooded: fail, failed: fail },
      () => 0,
    );
    let say: (message: Buffer) => void = fail;
    const keyboard = {
      getLabel: () => 'keyboard',
      isOpen: () => true,
      onOpen: () => {},
      onClosed: () => {},
      onMessage: (handler: typeof say) => {
        say = handler;
      },
      close: t.mock.fn(),
    };
    channels.add(keyboard as unknown as DataChannel);
    const key = Buffer.from(encodeInput({ kind: 'key', down: true, modifiers: 0, virtualKey: 65 }).data);
    say(key);
    assert.equal(heard.length, 2);
    channels.close();
    say(key);
    assert.equal(heard.length, 2);
    assert.equal(keyboard.close.mock.callCount(), 0);
    t.mock.timers.tick(1000);
    assert.equal(keyboard.close.mock.callCount(), 1);
  });
});

describe('the rate of messages', () => {
  it('allows a fast mouse for ever', () => {
    const rate = new MessageRate();
    for (let at = 0; at < 60_000; at += 0.5) assert.ok(rate.take(at));
  });

  it('ends a flood, and forgives after a pause', () => {
    const rate = new MessageRate();
    let taken = 0;
    while (rate.take(0)) taken += 1;
    assert.equal(taken, 8000);
    assert.equal(rate.take(0), false);
    assert.equal(rate.take(1), true);
  });
});
