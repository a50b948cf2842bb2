import { MoonshareError } from '@moonshare/contract';
import { bracketed } from '@moonshare/gamestream';
import type { Host } from '../../hosts/index.ts';

/** Where Sunshine's own web page is, protocol/1 §2. */
const WEB_PORT_OFFSET = 1;

/** Makes sure that the host has paired us; shows the PIN and starts again until it was typed right. */
export async function pairWithPerson(
  host: Host,
  o: { pinIsShared: boolean; progress: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const state = await host.detailed({ refresh: true });
  if (state.server_state === null) {
    throw new MoonshareError('HOST_UNREACHABLE', {
      message: `The host ${bracketed(host.address)}:${host.httpPort} does not answer`,
    });
  }
  if (state.paired === 'Paired') return;
  for (;;) {
    const { pin, paired } = host.pair(o.signal);
    o.progress(
      o.pinIsShared
        ? 'Pairing; the host types the PIN of MOONLIGHT_INTERNAL_PAIRING_PIN by itself'
        : `Type ${pin} in the PIN page of your host (Sunshine: https://${bracketed(host.address)}:${host.httpPort + WEB_PORT_OFFSET}/pin)`,
    );
    try {
      await paired;
      o.progress('Paired');
      return;
    } catch (cause) {
      o.signal.throwIfAborted();
      const error = MoonshareError.from(cause);
      if (o.pinIsShared || error.code !== 'PAIRING_WRONG_PIN') throw error;
      o.progress('That was another PIN. Once more');
    }
  }
}
