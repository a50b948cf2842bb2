import { type StreamerInit, type WebRtcStackUse, webRtcStackFor } from '@moonshare/contract';
import { loadNative } from '@moonshare/webrtc';
import type { WebRtcStack } from './connection.ts';

/**
 * The stack that is asked for, with the UDP port, and why it is that one. Throws PortTakenError if the port is not free, and
 * WEBRTC_STACK_MISSING if the stack cannot be had.
 */
export async function createStack(
  options: StreamerInit['webrtc'],
): Promise<{ use: WebRtcStackUse; stack: WebRtcStack }> {
  const native = loadNative();
  const use = webRtcStackFor(options.stack ?? 'auto', 'reason' in native ? native : null);
  return { use, stack: await create(use.name, options) };
}

/** Only what is used is loaded. */
async function create(name: WebRtcStackUse['name'], options: StreamerInit['webrtc']): Promise<WebRtcStack> {
  if (name === 'native') {
    const { NativeStack } = await import('./native/native-stack.ts');
    return NativeStack.create(options);
  }
  const { DatachannelStack } = await import('./datachannel/datachannel-stack.ts');
  return DatachannelStack.create(options);
}
