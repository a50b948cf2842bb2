import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { CaptureOptions, LoadedCapture } from './input-capture.ts';
import { LazyCapture } from './lazy-capture.ts';
import { MAX_TYPED } from './text/typing.ts';

const LAYOUT = { buttons: [], axes: [] } as never;

/** A capture whose script comes, or fails to, when the test says so; `log`: what it was asked for, and what it told. */
function lazy(role: 'full' | 'gamepad' = 'full') {
  const log: unknown[] = [];
  const waiting: PromiseWithResolvers<(options: CaptureOptions) => LoadedCapture>[] = [];
  const options = {
    role,
    typing: (typing) => log.push(typing),
    statusChanged: (status) => log.push(status),
  } satisfies Partial<CaptureOptions> as unknown as CaptureOptions;
  const capture = new LazyCapture(options, () => {
    const script = Promise.withResolvers<(options: CaptureOptions) => LoadedCapture>();
    waiting.push(script);
    return script.promise;
  });
  const loaded = (given: CaptureOptions): LoadedCapture => {
    log.push(['captures', given.keyboard]);
    return {
      typeText: (text) => log.push(['types', text]),
      stopTyping: () => log.push(['stops']),
      setKeyboard: (settings) => log.push(['keyboard', settings]),
      learnGamepad: (id) => log.push(['learns', id]),
      close: () => log.push(['closes']),
    };
  };
  return {
    capture,
    log,
    attempts: () => waiting.length,
    async come() {
      waiting.at(-1)!.resolve(loaded);
      await waiting.at(-1)!.promise;
    },
    async fail() {
      waiting.at(-1)!.reject(new Error('the network is down'));
      await waiting.at(-1)!.promise.catch(() => undefined);
      await Promise.resolve();
    },
  };
}

test('what was asked for before the script was there is done then, and only then does it say that it captures', async () => {
  const { capture, log, come } = lazy();
  const settings = { commandIsControl: true, matchLocks: false };
  capture.setKeyboard({ ...settings, matchLocks: true });
  capture.setKeyboard(settings);
  capture.learnGamepad('pad', LAYOUT);
  capture.typeText('one ');
  capture.typeText('two');
  assert.equal(capture.status, 'loading');
  assert.deepEqual(
    log.map((entry) => (entry as { done?: number }).done),
    [0, 0],
  );
  log.length = 0;
  await come();
  assert.deepEqual(log, [['captures', settings], ['learns', 'pad'], ['types', 'one two'], 'capturing']);
  assert.equal(capture.status, 'capturing');
  capture.stopTyping();
  capture.close();
  assert.deepEqual(log.slice(4), [['stops'], ['closes']]);
});

test('a text is typed whole or not at all, stopped as asked, and not typed by who may not', async () => {
  const { capture, log, come } = lazy();
  capture.typeText('kept');
  capture.typeText('x'.repeat(MAX_TYPED));
  assert.deepEqual(log.at(-1), { kind: 'refused', length: MAX_TYPED, most: MAX_TYPED });
  capture.stopTyping();
  assert.deepEqual(log.at(-1), { kind: 'stopped', why: 'asked', done: 0, total: 4 });
  log.length = 0;
  await come();
  assert.deepEqual(log, [['captures', undefined], 'capturing']);
  const pads = lazy('gamepad');
  pads.capture.typeText('no');
  await pads.come();
  assert.deepEqual(pads.log, [['captures', undefined], 'capturing']);
});

test('a script that could not be loaded is loaded again, and the person is told meanwhile', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { capture, log, attempts, fail, come } = lazy();
    await fail();
    assert.deepEqual([capture.status, attempts()], ['missing', 1]);
    mock.timers.tick(10_000);
    assert.equal(attempts(), 2);
    await fail();
    mock.timers.tick(10_000);
    assert.deepEqual(log, ['missing']);
    await come();
    assert.deepEqual(log, ['missing', ['captures', undefined], 'capturing']);
  } finally {
    mock.timers.reset();
  }
});

test('once closed it captures nothing, however late the script comes, and says that the text was not typed', async () => {
  const { capture, log, come } = lazy();
  capture.typeText('text');
  capture.close();
  capture.typeText('more');
  await come();
  assert.deepEqual(log.slice(1), [{ kind: 'stopped', why: 'disconnected', done: 0, total: 4 }]);
  assert.equal(capture.status, 'loading');
});
