import { AdminServer } from './admin/admin-server.ts';
import { Desktop, type WheelSteps } from './desktop/desktop.ts';
import { InputLog } from './desktop/input-log.ts';
import { loadEncoders } from './encode/encoders.ts';
import { ClientServer } from './http/client-server.ts';
import { HostPairing } from './http/pairing.ts';
import { DESKTOP_DEMO, type GivenOptions, resolveOptions } from './options.ts';
import { type HostPorts, portsOf } from './ports.ts';
import { PROFILES } from './profiles/profiles.ts';
import type { Quirks } from './quirks.ts';
import { ControlServer } from './session/control-server.ts';
import { DropControl } from './session/host-media-socket.ts';
import { RtspServer } from './session/rtsp-server.ts';
import type { SessionProfile } from './session/session-profile.ts';
import type { Sessions } from './session/sessions.ts';
import { Store } from './store.ts';

export interface VirtualHost {
  ports: HostPorts;
  httpPort: number;
  httpsPort: number;
  adminPort: number;
  /** The host's certificate, PEM, which a client pins when it pairs. */
  certificate: string;
  uniqueId: string;
  /** Ends all streams, telling their clients, and frees the ports. */
  close(): Promise<void>;
}

export interface RunOptions extends GivenOptions {
  /** Called for faults that affect only one session or request; default: a line on stderr. */
  onError?: (error: unknown) => void;
}

const START_SIZE = { width: 1280, height: 720 };

function wheelSteps({ dropsWheelSteps }: SessionProfile, { xtest }: Quirks): WheelSteps {
  if (xtest) return 'whole';
  return dropsWheelSteps ? 'dropped' : 'fine';
}

/** Starts a host with all its ports. Throws if an option is wrong, a port is taken or the encoders are missing; nothing stays open then. */
export async function startVirtualHost(options: RunOptions = {}): Promise<VirtualHost> {
  const settings = resolveOptions(options);
  await loadEncoders();
  const onError = options.onError ?? ((error) => console.error('virtual-host:', error));
  const { bind, quirks, encryption } = settings;
  const profile = PROFILES[settings.like];
  const ports = { ...portsOf(settings.basePort, settings.like), admin: settings.adminPort };
  const open: { close(): Promise<void> | void }[] = [];
  const keep = <T extends { close(): Promise<void> | void }>(part: T): T => {
    open.unshift(part);
    return part;
  };
  let sessions: Sessions | null = null;
  const close = async () => {
    // Before the control port, which is needed to tell the clients.
    await sessions?.close();
    for (const part of open) await part.close();
  };
  try {
    const store = await Store.open(settings.stateDir);
    const pairing = keep(
      new HostPairing(store, { pin: settings.pin, keepsAbandoned: profile.http.keepsAbandonedPairings }),
    );
    const offersSmallDesktop = settings.desktop || settings.apps.some(({ title }) => title === DESKTOP_DEMO);
    const desktop = new Desktop(START_SIZE.width, START_SIZE.height, {
      wheelSteps: wheelSteps(profile.session, quirks),
      widgets: offersSmallDesktop,
    });
    const isSmallDesktop = () =>
      settings.desktop || (sessions?.running.some(({ app }) => app.title === DESKTOP_DEMO) ?? false);
    const picture = { isSmallDesktop, clock: settings.clock };
    const inputLog = new InputLog();
    const drop = new DropControl();
    const { fec, maxFps } = settings;
    const context = { desktop, inputLog, picture, fec, maxFps, profile: profile.session, quirks, onError };
    sessions = await profile.openSessions({ ...settings, ports, drop, limit: settings.sessions, context });
    keep(await ControlServer.open({ bind, port: ports.control, sessions, slots: profile.controlSlots }));
    const rtsp = keep(
      await RtspServer.open({ bind, ports, sessions, profile: profile.rtsp, encryption, quirks, onError }),
    );
    const { rtspRefusedMs } = quirks;
    const running = sessions;
    const onStarted = ({ app }: { app: boolean }) => {
      if (app && running.running.length === 1) desktop.begin();
      if (rtspRefusedMs !== undefined) rtsp.refuseFor(rtspRefusedMs);
    };
    const shared = { ports, store, pairing, sessions, onError };
    const clients = keep(await ClientServer.open({ ...settings, ...shared, profile: profile.http, onStarted }));
    keep(await AdminServer.open({ port: ports.admin, desktop, inputLog, pairing, sessions, store, drop, clients }));
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
