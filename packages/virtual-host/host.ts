import { AdminServer } from './admin/admin-server.ts';
import { Desktop } from './desktop/desktop.ts';
import { InputLog } from './desktop/input-log.ts';
import { ClientServer } from './http/client-server.ts';
import { Pairing } from './http/pairing.ts';
import { resolveOptions, type VirtualHostOptions } from './options.ts';
import { type HostPorts, portsOf } from './ports.ts';
import { plainAddress } from './session/address.ts';
import { ControlServer } from './session/control-server.ts';
import { DropControl, MediaSocket, type MediaTarget } from './session/media-socket.ts';
import { RtspServer } from './session/rtsp-server.ts';
import { Sessions } from './session/sessions.ts';
import { Store } from './store.ts';

export interface VirtualHost {
  ports: HostPorts;
  httpPort: number;
  httpsPort: number;
  adminPort: number;
  /** The host's certificate, PEM: what a client pins when it pairs. */
  certificate: string;
  uniqueId: string;
  /** Ends all streams with a message to their clients and frees the ports. */
  close(): Promise<void>;
}

export interface RunOptions extends VirtualHostOptions {
  /** Faults that only one session or request suffers from; default: a line on stderr. */
  onError?: (error: unknown) => void;
}

const START_SIZE = { width: 1280, height: 720 };

/** Starts a host with all its ports. Throws when an option is wrong or a port is taken; nothing stays open then. */
export async function startVirtualHost(options: RunOptions = {}): Promise<VirtualHost> {
  const settings = resolveOptions(options);
  const onError = options.onError ?? ((error) => console.error('virtual-host:', error));
  const { bind } = settings;
  const ports = { ...portsOf(settings.basePort), admin: settings.adminPort };
  const open: { close(): Promise<void> | void }[] = [];
  const keep = <T extends { close(): Promise<void> | void }>(part: T): T => {
    open.unshift(part);
    return part;
  };
  const close = async () => {
    for (const part of open) await part.close();
  };
  try {
    const store = await Store.open(settings.stateDir);
    const pairing = keep(new Pairing(store, settings.pin));
    const desktop = new Desktop(START_SIZE.width, START_SIZE.height);
    const inputLog = new InputLog();
    const drop = new DropControl();
    let sessions: Sessions | null = null;
    const onPing = (media: 'video' | 'audio') => (payload: string | null, from: MediaTarget) => {
      const session =
        payload === null ? sessions?.byAddress(plainAddress(from.address)) : sessions?.byPingPayload(payload);
      session?.ping(media, payload === null ? 'plain' : 'echoed', from);
    };
    const sockets = {
      video: keep(await MediaSocket.open({ bind, port: ports.video, drop, onPing: onPing('video') })),
      audio: keep(await MediaSocket.open({ bind, port: ports.audio, drop, onPing: onPing('audio') })),
    };
    const around = { desktop, inputLog, sockets, fec: settings.fec, maxFps: settings.maxFps, onError };
    const running = new Sessions({ ...settings, limit: settings.sessions, around });
    sessions = running;
    keep(await ControlServer.open({ bind, port: ports.control, sessions: running }));
    keep(
      await RtspServer.open({ bind, ports, sessions: running, requireEncryption: settings.requireEncryption, onError }),
    );
    keep(await ClientServer.open({ ...settings, ports, store, pairing, sessions: running, onError }));
    keep(await AdminServer.open({ port: ports.admin, desktop, inputLog, pairing, sessions: running, store, drop }));
    keep(running);
    return {
      ports,
      httpPort: ports.http,
      httpsPort: ports.https,
      adminPort: ports.admin,
      certificate: store.identity.certificate,
      uniqueId: store.uniqueId,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
