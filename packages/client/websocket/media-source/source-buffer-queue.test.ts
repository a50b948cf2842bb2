import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { withGlobals } from '../../testing/globals.ts';
import { SourceBufferQueue } from './source-buffer-queue.ts';

function setUp(t: TestContext) {
  const done: string[] = [];
  const browser = { refuses: null as string | null };
  class FakeBuffer extends EventTarget {
    updating = false;
    buffered = { length: 1, start: () => 0 };
    appendBuffer(data: Uint8Array): void {
      if (browser.refuses !== null) throw new DOMException('refused', browser.refuses);
      this.updating = true;
      done.push(`append ${data}`);
    }
    remove(from: number, to: number): void {
      this.updating = true;
      done.push(`remove ${from}-${to}`);
    }
    finish(): void {
      this.updating = false;
      this.dispatchEvent(new Event('updateend'));
    }
  }
  const buffer = new FakeBuffer();
  const sources: EventTarget[] = [];
  class FakeSource extends EventTarget {
    constructor() {
      super();
      sources.push(this);
    }
    addSourceBuffer(): FakeBuffer {
      if (browser.refuses !== null) throw new DOMException('refused', browser.refuses);
      return buffer;
    }
  }
  withGlobals(t, { MediaSource: FakeSource });
  t.mock.method(URL, 'createObjectURL', () => 'blob:source');
  t.mock.method(URL, 'revokeObjectURL', () => done.push('revoked'));
  const element = Object.assign(new EventTarget(), { src: '', disableRemotePlayback: false });
  const queue = new SourceBufferQueue(element as unknown as HTMLMediaElement, 'video/mp4', {
    overflowed: () => done.push('overflowed'),
    failed: () => done.push('failed'),
  });
  const open = () => sources[0]!.dispatchEvent(new Event('sourceopen'));
  return { queue, browser, buffer, element, source: sources[0]!, done, open };
}

test('what comes before the source is open, or while the browser is busy, is appended together afterwards', (t) => {
  const { queue, buffer, done, open, element } = setUp(t);
  assert.equal(element.src, 'blob:source');
  queue.append(Uint8Array.of(1));
  queue.append(Uint8Array.of(2));
  assert.deepEqual(done, []);
  open();
  queue.append(Uint8Array.of(3));
  queue.append(Uint8Array.of(4));
  buffer.finish();
  buffer.finish();
  assert.deepEqual(done, ['append 1,2', 'append 3,4']);
});

test('old frames are removed once the browser has time, once, whatever it leaves of them', (t) => {
  const { queue, buffer, done, open } = setUp(t);
  open();
  queue.append(Uint8Array.of(1));
  queue.remove(7);
  buffer.finish();
  buffer.finish();
  buffer.finish();
  assert.deepEqual(done, ['append 1', 'remove 0-7']);
});

test('a browser without room says so, and any other refusal ends it, once', (t) => {
  const { queue, browser, done, open, source, element } = setUp(t);
  open();
  browser.refuses = 'QuotaExceededError';
  queue.append(Uint8Array.of(1));
  assert.deepEqual(done, ['overflowed']);
  browser.refuses = 'InvalidStateError';
  queue.append(Uint8Array.of(2));
  element.dispatchEvent(new Event('error'));
  source.dispatchEvent(new Event('sourceclose'));
  assert.deepEqual(done, ['overflowed', 'revoked', 'failed']);
});

test('an error of the element, its source or a buffer ends it, but none after it was closed', (t) => {
  for (const what of ['element', 'source', 'buffer'] as const) {
    const { [what]: target, done, open } = setUp(t);
    open();
    target.dispatchEvent(new Event(what === 'source' ? 'sourceclose' : 'error'));
    assert.deepEqual(done, ['revoked', 'failed'], what);
  }
  const { queue, element, done, open } = setUp(t);
  open();
  queue.close();
  element.dispatchEvent(new Event('error'));
  queue.append(Uint8Array.of(1));
  assert.deepEqual(done, ['revoked']);
});

test('a type that the browser does not take ends it', (t) => {
  const { browser, done, open } = setUp(t);
  browser.refuses = 'NotSupportedError';
  open();
  assert.deepEqual(done, ['revoked', 'failed']);
});
