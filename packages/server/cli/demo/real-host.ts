import { MoonshareError } from '@moonshare/contract';
import { bracketed } from '@moonshare/gamestream';
import type { Host } from '../../hosts/host.ts';

/** Where Sunshine's own web page is, protocol/1 §2. */
const WEB_PORT_OFFSET = 1;

/** Makes sure that the host has paired us; shows the PIN, and starts over until it was entered correctly. */
export async function pairWithPerson(
  host: Host,
  options: { pinIsShared: boolean; progress: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const state = await host.detailed({ refresh: true });
  if (state.server_state === null) {
    throw new MoonshareError('HOST_UNREACHABLE', {
      message: `The host ${bracketed(host.address)}:${host.httpPort} does not answer`,
    });
  }
  if (state.paired === 'Paired') return;
  for (;;) {
    const { pin, paired } = host.pair(options.signal);
    options.progress(
      options.pinIsShared
        ? 'Pairing; the host enters the PIN from MOONLIGHT_INTERNAL_PAIRING_PIN by itself'
        : `Enter ${pin} on the PIN page of your host (Sunshine: https://${bracketed(host.address)}:${host.httpPort + WEB_PORT_OFFSET}/pin)`,
    );
    try {
      await paired;
      options.progress('Paired');
      return;
    } catch (cause) {
      options.signal.throwIfAborted();
      const error = MoonshareError.from(cause);
      if (options.pinIsShared || error.code !== 'PAIRING_WRONG_PIN') throw error;
      options.progress('That PIN was wrong. Try again');
    }
  }
}
