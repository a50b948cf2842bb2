import { MoonshareError, type StreamerInit } from '@moonshare/contract';
import { loadNative } from '@moonshare/webrtc';
import type { WebRtcStack } from './connection.ts';

/** The stack that is asked for, with the UDP port. Throws PortTakenError if that is not free, and WEBRTC_UNAVAILABLE if the stack cannot be had. */
export async function createStack(options: StreamerInit['webrtc']): Promise<WebRtcStack> {
  const { stack = 'auto' } = options;
  const native = loadNative();
  if (stack === 'native' && 'reason' in native)
    throw new MoonshareError('INTERNAL', { message: `The native WebRTC stack does not run here: ${native.reason}` });
  // Only what is used is loaded.
  if (stack !== 'node-datachannel' && 'addon' in native) {
    const { NativeStack } = await import('./native/native-stack.ts');
    return NativeStack.create(options);
  }
  const { DatachannelStack } = await import('./datachannel/datachannel-stack.ts');
  return DatachannelStack.create(options);
}
