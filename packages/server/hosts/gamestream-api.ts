import { createClientIdentity, HostClient, type HostClientOptions, pair } from '@moonshare/gamestream';

/** What this folder needs from a host, so that tests can replace it with hosts that misbehave. */
export interface GameStreamApi {
  connect(
    options: HostClientOptions,
  ): Pick<HostClient, 'serverInfo' | 'pairedServerInfo' | 'appList' | 'boxArt' | 'cancel' | 'setBitrate'>;
  pair: typeof pair;
  createClientIdentity: typeof createClientIdentity;
}

export const gameStreamApi: GameStreamApi = {
  connect: (options) => new HostClient(options),
  pair,
  createClientIdentity,
};
