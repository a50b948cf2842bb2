import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webRtcStackFor } from './webrtc-stack.ts';

const missing = { reason: 'it is not built', fix: 'Build it.' };

test('ours wherever it runs, unless the setting says otherwise; the reason is kept only where ours was wanted', () => {
  assert.deepEqual(webRtcStackFor('auto', null), { name: 'native', missing: null });
  assert.deepEqual(webRtcStackFor('native', null), { name: 'native', missing: null });
  assert.deepEqual(webRtcStackFor('auto', missing), { name: 'node-datachannel', missing });
  for (const why of [null, missing]) {
    assert.deepEqual(webRtcStackFor('node-datachannel', why), { name: 'node-datachannel', missing: null });
  }
});

test('a stack that is required and missing is an error of its own, which says why and what to do', () => {
  assert.throws(() => webRtcStackFor('native', missing), {
    code: 'WEBRTC_STACK_MISSING',
    message: /it is not built/,
    hint: 'Build it. Or set MOONSHARE_WEBRTC_STACK to auto.',
  });
  assert.throws(() => webRtcStackFor('native', { reason: 'it is for Linux', fix: null }), {
    code: 'WEBRTC_STACK_MISSING',
    hint: 'Set MOONSHARE_WEBRTC_STACK to auto.',
  });
});
