import { parseArgs } from 'node:util';
import { DEFAULTS, DESKTOP_DEMO, type GivenOptions } from './options.ts';
import type { ProfileName } from './ports.ts';
import { parseQuirks, QUIRK_NAMES } from './quirks.ts';
import type { EncryptionMode } from './session/rtsp-profile.ts';

export const HELP = `Moonshare virtual host: a GameStream host whose picture shows the input it receives.
Pair a Moonlight client or Moonshare with it, and stream from it.

Usage: npm run virtual-host -- [options]

  --base-port N         HTTP port; the others follow from it    (${DEFAULTS.basePort})
  --bind ADDRESS        address to listen on for clients        (${DEFAULTS.bind})
  --admin-port N        admin API on 127.0.0.1                  (base port + 40)
  --name TEXT           name shown to clients                   (${DEFAULTS.name})
  --state-dir DIR       keep identity and paired clients here   (in memory)
  --pin NNNN            answer every pairing with this PIN      (wait for POST /pin;
                        or set MOONSHARE_VIRTUAL_HOST_PIN)
  --sessions N          most streams at the same time           (no limit)
  --fec N               FEC percentage of the video, 0 to 255   (${DEFAULTS.fec})
  --fps N               most frames per second                  (${DEFAULTS.maxFps})
  --app TITLE           an app to offer; may be repeated        (${DEFAULTS.apps.join(', ')})
  --desktop             show a small desktop to try input on, in every app
                        (otherwise in an app called "${DESKTOP_DEMO}")
  --no-clock            its picture changes with its state only
  --clear-rtsp          never use encrypted RTSP
  --encryption WHAT     off, offered or required                (${DEFAULTS.encryption})
  --runtime-bitrate     change the bitrate of a running stream on request
  --like HOST           sunshine, wolf (2024) or wolf-2026      (${DEFAULTS.like})
  --quirk NAME[=VALUE]  misbehave on purpose; may be repeated:
                        ${QUIRK_NAMES.join(', ')}
  --help                this text

Ports, from the base port: HTTPS -5, HTTP 0, video +9, control +10, audio +11 (UDP), RTSP +21;
like a Wolf: video +111, audio +211.
Admin API: GET /input, GET /state, GET /desktop, POST /pin, /drop, /end-app, /kill. See docs/guides/virtual-host.md.`;

/** Options from command line and environment; null: show the help. Throws a TypeError for anything unknown. */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): GivenOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      'base-port': { type: 'string' },
      bind: { type: 'string' },
      'admin-port': { type: 'string' },
      name: { type: 'string' },
      'state-dir': { type: 'string' },
      pin: { type: 'string' },
      sessions: { type: 'string' },
      fec: { type: 'string' },
      fps: { type: 'string' },
      app: { type: 'string', multiple: true },
      desktop: { type: 'boolean' },
      'no-clock': { type: 'boolean' },
      'clear-rtsp': { type: 'boolean' },
      encryption: { type: 'string' },
      'runtime-bitrate': { type: 'boolean' },
      like: { type: 'string' },
      quirk: { type: 'string', multiple: true },
      // All of them at once, as JSON: for `forkVirtualHost`.
      options: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return null;
  if (values.options !== undefined) return JSON.parse(values.options);
  return {
    basePort: number(values['base-port']),
    bind: values.bind,
    adminPort: number(values['admin-port']),
    name: values.name,
    stateDir: values['state-dir'],
    pin: values.pin ?? environment.MOONSHARE_VIRTUAL_HOST_PIN,
    sessions: number(values.sessions),
    fec: number(values.fec),
    maxFps: number(values.fps),
    apps: values.app,
    desktop: values.desktop,
    clock: !values['no-clock'],
    encryptedRtsp: !values['clear-rtsp'],
    encryption: values.encryption as EncryptionMode | undefined,
    runtimeBitrate: values['runtime-bitrate'],
    like: values.like as ProfileName | undefined,
    quirks: parseQuirks(values.quirk ?? []),
  };
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : text === '' ? Number.NaN : Number(text);
}
