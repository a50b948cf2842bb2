import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeInput, type ViewerFeedback, type ViewerInput } from '@moonshare/contract';
import fc from 'fast-check';
import type { DataChannel } from 'node-datachannel';
import { BudgetMeter } from '../../viewer/budget-meter.ts';
import { FeedbackQueue } from '../../viewer/feedback-queue.ts';
import { freshAccount } from '../testing/fresh-account.ts';
import { ViewerChannels } from './viewer-channels.ts';

/** A sink with an adjustable send buffer. */
function channel() {
  const state = { isOpen: true, buffered: 0, sent: [] as unknown[] };
  return {
    state,
    isOpen: () => state.isOpen,
    bufferedAmount: () => state.buffered,
    send: (feedback: ViewerFeedback) => void state.sent.push(feedback),
  };
}

const rumble = (id: number, low: number) => ({ kind: 'rumble' as const, id, low, high: 0 });

describe('rumble', () => {
  it('is sent at once', () => {
    const queue = new FeedbackQueue();
    const sink = channel();
    queue.send(rumble(0, 5), sink);
    assert.deepEqual(sink.state.sent, [rumble(0, 5)]);
    assert.equal(queue.size, 0);
  });

  it('waits for the channel and for a full buffer, keeping the latest value per motor', () => {
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

  it('is sent once to a sink that reports at once that it has sent it', () => {
    const queue = new FeedbackQueue();
    const sent: unknown[] = [];
    const sink = {
      isOpen: () => true,
      bufferedAmount: () => 0,
      send: (feedback: ViewerFeedback) => {
        sent.push(feedback);
        queue.flush(sink);
      },
    };
    queue.send(rumble(0, 5), sink);
    assert.deepEqual(sent, [rumble(0, 5)]);
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
  function viewerChannels(received: unknown[] = [], acceptsInput = true, account = freshAccount()): ViewerChannels {
    const fail = (error?: unknown) => assert.fail(String(error));
    const inputLost = () => received.push('lost');
    const events = { input: (event: unknown) => received.push(event), inputLost, received: () => {}, failed: fail };
    const at = performance.now();
    const meter = new BudgetMeter(account, () => at, { flooded: () => {}, exceeded: (what) => received.push(what) });
    return new ViewerChannels({ events, meter, acceptsInput: () => acceptsInput });
  }

  /** The library's side of a channel that a browser opened. */
  class BrowserChannel {
    isOpened = true;
    deliver: ((message: Buffer) => void) | undefined;
    closeCalls = 0;
    sends = 0;
    readonly #label: string;

    constructor(label: string) {
      this.#label = label;
    }

    getLabel(): string {
      return this.#label;
    }

    isOpen(): boolean {
      return this.isOpened;
    }

    onClosed(): void {}

    onMessage(handler: (message: Buffer) => void): void {
      this.deliver = handler;
    }

    onBufferedAmountLow(): void {}

    bufferedAmount(): number {
      return 0;
    }

    sendMessageBinary(): boolean {
      this.sends += 1;
      throw new Error('Sending failed, errno=32');
    }

    close(): void {
      this.closeCalls += 1;
    }

    get native(): DataChannel {
      return this as unknown as DataChannel;
    }
  }

  const key: ViewerInput = { kind: 'key', down: true, modifiers: 0, virtualKey: 65 };
  const bytes = Buffer.from(encodeInput(key).data);

  it('are not read once the viewer is closed, and are closed by us after giving the library time', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const received: unknown[] = [];
    const channels = viewerChannels(received);
    const keyboard = new BrowserChannel('keyboard');
    channels.add(keyboard.native);
    keyboard.deliver!(bytes);
    assert.deepEqual(received, [key]);
    channels.close();
    keyboard.deliver!(bytes);
    assert.equal(received.length, 1);
    assert.equal(keyboard.closeCalls, 0);
    t.mock.timers.tick(1000);
    assert.equal(keyboard.closeCalls, 1);
  });

  it('get no handlers if they closed before they were announced, since those would be held for ever', () => {
    const keyboard = new BrowserChannel('keyboard');
    keyboard.isOpened = false;
    viewerChannels().add(keyboard.native);
    assert.equal(keyboard.deliver, undefined);
  });

  it('cause no error if they break during a send', () => {
    const channels = viewerChannels();
    const controllers = new BrowserChannel('controllers');
    channels.add(controllers.native);
    channels.sendFeedback(rumble(0, 1));
    assert.equal(controllers.sends, 1);
  });

  const ADD = Buffer.from('00000000000000', 'hex');

  it('of a watcher are not decoded', () => {
    const received: unknown[] = [];
    const channels = viewerChannels(received, false);
    const keyboard = new BrowserChannel('keyboard');
    channels.add(keyboard.native);
    keyboard.deliver!(bytes);
    keyboard.deliver!(ADD);
    assert.deepEqual([received, channels.malformed], [[], 0]);
  });

  it('are read at the rate of a fast mouse; more input is dropped and reported once, and much more closes the viewer', () => {
    const received: unknown[] = [];
    const channels = viewerChannels(received);
    const keyboard = new BrowserChannel('keyboard');
    channels.add(keyboard.native);
    for (let message = 0; message < 8000; message += 1) keyboard.deliver!(bytes);
    assert.equal(received.length, 8000);
    for (let message = 0; message < 4000; message += 1) keyboard.deliver!(bytes);
    assert.deepEqual(received.slice(8000), ['lost']);
    keyboard.deliver!(bytes);
    assert.deepEqual(received.slice(8001), ['messages']);
  });

  it('are read up to a budget of bytes, whatever the content', () => {
    const received: unknown[] = [];
    const channels = viewerChannels(received);
    const keyboard = new BrowserChannel('keyboard');
    channels.add(keyboard.native);
    const large = Buffer.alloc(65_536, 0xff);
    for (let message = 0; message < 16; message += 1) keyboard.deliver!(large);
    assert.deepEqual([received, channels.malformed], [[], 16]);
    keyboard.deliver!(large);
    assert.deepEqual([received, channels.malformed], [['lost'], 16]);
  });

  it('are still read for a viewer whose account has no channels left', () => {
    const account = freshAccount();
    while (account.spend('channels', 1, performance.now()) === 'within');
    const received: unknown[] = [];
    const channels = viewerChannels(received, true, account);
    const keyboard = new BrowserChannel('keyboard');
    channels.add(keyboard.native);
    keyboard.deliver!(bytes);
    assert.deepEqual(received, [key]);
  });

  it('are closed unread if they are opened all the time', () => {
    const received: unknown[] = [];
    const channels = viewerChannels(received);
    const opened = Array.from({ length: 161 }, () => new BrowserChannel('unknown'));
    for (const one of opened.slice(0, 96)) channels.add(one.native);
    const keyboard = new BrowserChannel('keyboard');
    channels.add(keyboard.native);
    assert.deepEqual([keyboard.closeCalls, keyboard.deliver], [1, undefined]);
    for (const one of opened.slice(96)) channels.add(one.native);
    assert.ok(opened.every(({ closeCalls }) => closeCalls === 1));
    assert.deepEqual(received, ['channels', 'channels']);
  });
});
