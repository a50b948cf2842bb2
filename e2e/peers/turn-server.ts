import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const TURN_PORT = 3478;
const TURNS_PORT = 5349;
const USER = { username: 'viewer', credential: 'secret' };

/** coturn (`apt install coturn`), with a certificate that nobody has signed. */
export class TurnServer {
  readonly #address: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(address: string, process: ChildProcess, directory: string) {
    this.#address = address;
    this.#process = process;
    this.#directory = directory;
  }

  static async start(address: string): Promise<TurnServer> {
    const directory = mkdtempSync(join(tmpdir(), 'moonshare-turn-'));
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=turn -addext subjectAltName=IP:${address}`;
    execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const options = [
      ...['-n', '--lt-cred-mech', '--no-cli', '--realm=moonshare', `--user=${USER.username}:${USER.credential}`],
      ...[`--listening-ip=${address}`, `--relay-ip=${address}`, `--listening-port=${TURN_PORT}`],
      ...[`--tls-listening-port=${TURNS_PORT}`, `--cert=${certificate}`, `--pkey=${key}`],
      ...['--log-file=stdout', `--pidfile=${join(directory, 'pid')}`, `--userdb=${join(directory, 'users')}`],
    ];
    const child = spawn('turnserver', options, { stdio: 'ignore' });
    const server = new TurnServer(address, child, directory);
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`turnserver ended: ${code}`)));
    });
    failed.catch(() => {});
    await Promise.race([server.#listens(), failed]);
    return server;
  }

  /** What a page needs for this way to it. */
  iceServer(way: 'udp' | 'tcp' | 'tls'): RTCIceServer {
    const urls =
      way === 'tls'
        ? `turns:${this.#address}:${TURNS_PORT}?transport=tcp`
        : `turn:${this.#address}:${TURN_PORT}?transport=${way}`;
    return { urls, ...USER };
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #listens(): Promise<void> {
    for (;;) {
      const socket = connect(TURNS_PORT, this.#address);
      const isOpen = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'close').then(() => false),
      ]).catch(() => false);
      socket.destroy();
      if (isOpen) return;
      await delay(50);
    }
  }
}
