import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCertificate } from '../../packages/server/testing/test-certificate.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);

export type ExampleProxyName = keyof typeof PROXIES;

export interface ProxyPlace {
  /** For its configuration, its certificate and its logs. */
  directory: string;
  /** Instead of moon.example. */
  name: string;
  certificate: TestCertificate;
  /** Where it listens. */
  address: string;
  port: number;
  /** The port of the server behind it. */
  serverPort: number;
}

interface Files extends ProxyPlace {
  files: { certificate: string; key: string; both: string };
}

/** For each proxy of the guides: its file in `deploy/`, changed in nothing but names, addresses, ports and paths, and its command. */
const PROXIES = {
  nginx: {
    command: ({ directory }: Files) => ['nginx', '-p', directory, '-c', 'configuration', '-e', 'stderr.log'],
    configure: ({ directory, name, address, port, serverPort, files }: Files) => {
      const site = changed('nginx.conf', [
        ['listen 443 ssl', `listen ${address}:${port} ssl`],
        ['/etc/letsencrypt/live/moon.example/fullchain.pem', files.certificate],
        ['/etc/letsencrypt/live/moon.example/privkey.pem', files.key],
        ['moon.example', name],
        ['127.0.0.1:8080', `127.0.0.1:${serverPort}`],
        ['/var/log/nginx', directory],
      ]);
      mkdirSync(join(directory, 'tmp'), { recursive: true });
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${directory}/tmp;`,
      );
      // Its workers would otherwise be somebody who may not write here.
      const user = process.getuid?.() === 0 ? 'user root;' : '';
      return `daemon off; ${user} pid ${directory}/pid; events {} http { ${paths.join(' ')}\n${site} }`;
    },
  },
  caddy: {
    command: ({ directory }: Files) => [
      'caddy',
      'run',
      '--adapter',
      'caddyfile',
      '--config',
      join(directory, 'configuration'),
    ],
    configure: ({ name, address, port, serverPort, files }: Files) =>
      changed('Caddyfile', [
        ['reverse-proxy.md\n{\n', 'reverse-proxy.md\n{\n  admin off\n  auto_https disable_redirects\n'],
        ['moon.example {', `https://${name}:${port} {\n  bind ${address}\n  tls ${files.certificate} ${files.key}`],
        ['127.0.0.1:8080', `127.0.0.1:${serverPort}`],
      ]),
  },
  haproxy: {
    command: ({ directory }: Files) => ['haproxy', '-db', '-f', join(directory, 'configuration')],
    configure: ({ address, port, serverPort, files }: Files) =>
      changed('haproxy.cfg', [
        ['log /dev/log local0', 'log stdout format raw local0'],
        [':443 ssl crt /etc/haproxy/moon.example.pem', `${address}:${port} ssl crt ${files.both}`],
        ['127.0.0.1:8080', `127.0.0.1:${serverPort}`],
      ]),
  },
} as const;

/** Throws if one of the texts is not there: the file is not what it was. */
function changed(name: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`deploy/${name} has no ${from}`);
      return text.replaceAll(from, to);
    },
    readFileSync(new URL(name, DEPLOY), 'utf8'),
  );
}

/** One of the proxies in `deploy/`, the real program. */
export class ExampleProxy {
  readonly process: ChildProcess;
  /** All that it has printed. */
  output = '';

  private constructor(child: ChildProcess) {
    this.process = child;
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
  }

  /** Does not wait until it listens. */
  static start(program: ExampleProxyName, place: ProxyPlace): ExampleProxy {
    const { directory, certificate } = place;
    const [path, keyPath, both] = ['cert.pem', 'key.pem', 'both.pem'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(path, certificate.certificate);
    writeFileSync(keyPath, certificate.key);
    writeFileSync(both, `${certificate.certificate}\n${certificate.key}`);
    const all = { ...place, files: { certificate: path, key: keyPath, both } };
    writeFileSync(join(directory, 'configuration'), PROXIES[program].configure(all));
    const [command, ...rest] = PROXIES[program].command(all);
    // A group of its own: the workers of an nginx that is killed serve on.
    const env = { ...process.env, HOME: directory };
    return new ExampleProxy(spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true }));
  }

  /** Throws what it printed if it has ended. */
  assertRuns(): void {
    if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error(this.output);
  }

  /** With all its processes. Resolves when it has ended. */
  async end(signal: 'SIGTERM' | 'SIGUSR1' | 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const closed = once(this.process, 'close');
    process.kill(signal === 'SIGKILL' ? -this.process.pid! : this.process.pid!, signal);
    await closed;
  }
}
