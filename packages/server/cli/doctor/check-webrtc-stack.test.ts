import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadedNative, NativeAddon } from '@moonshare/webrtc';
import { loadConfig } from '../../config/load.ts';
import { checkWebRtcStack } from './check-webrtc-stack.ts';

const THERE: LoadedNative = { addon: { openssl: '3.5.1' } as NativeAddon };
const NOT_BUILT: LoadedNative = { reason: 'it is not built', fix: 'Build it.' };
const NOT_LINUX: LoadedNative = { reason: 'it is for Linux', fix: null };

function check(stack: string, native: LoadedNative) {
  const config = loadConfig({ MOONSHARE_WEBRTC_STACK: stack, MOONSHARE_UDP_PORTS: '21000-21009' });
  const { verdict, message, fix } = checkWebRtcStack(config, native);
  return { verdict, message, fix };
}

test('the stack that streamers will use, why, and the setting', () => {
  for (const stack of ['auto', 'native']) {
    assert.deepEqual(check(stack, THERE), {
      verdict: 'ok',
      message: `native, on OpenSSL 3.5.1 (the setting webrtcStack is ${stack}); viewers may come over UDP and TCP 21000-21009`,
      fix: null,
    });
  }
  for (const native of [THERE, NOT_BUILT]) {
    assert.deepEqual(check('node-datachannel', native), {
      verdict: 'ok',
      message: 'node-datachannel (the setting webrtcStack is node-datachannel)',
      fix: null,
    });
  }
  const because = 'node-datachannel (the setting webrtcStack is auto), because the native one does not run here';
  assert.deepEqual(check('auto', NOT_BUILT), {
    verdict: 'warning',
    message: `${because}: it is not built`,
    fix: 'Build it.',
  });
  assert.deepEqual(check('auto', NOT_LINUX), { verdict: 'ok', message: `${because}: it is for Linux`, fix: null });
});

test('a stack that is required and missing is a problem: no streamer starts', () => {
  for (const native of [NOT_BUILT, NOT_LINUX]) {
    const { verdict, message, fix } = check('native', native);
    assert.equal(verdict, 'problem');
    assert.match(message, /no streamer starts.* webrtcStack is native/);
    assert.match(fix ?? '', /MOONSHARE_WEBRTC_STACK to auto/);
  }
});
