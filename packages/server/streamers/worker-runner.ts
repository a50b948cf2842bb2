import timers from 'node:timers/promises';
import {
  background,
  type CreateStreamer,
  changeStreamerSchema,
  type FromStreamer,
  type InputOutcome,
  MoonshareError,
  type StreamerStatistics,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Participants } from '../control/participants.ts';
import type { AppUse } from '../hosts/app-use.ts';
import { clientIdOf } from '../hosts/client-id.ts';
import type { Host } from '../hosts/host.ts';
import { Allocation } from './allocation.ts';
import { BitrateAdapter } from './bitrate-adapter.ts';
import { initMessage, type ProcessSettings } from './init-message.ts';
import type { PeerSessions } from './peer-sessions.ts';
import type { PortChoice, StreamerEvent } from './state-machine.ts';
import type { Held, InputMessage, StreamerWorker } from './streamer-worker.ts';
import type { TapAccess } from './tap-access.ts';
import type { UdpPorts } from './udp-ports.ts';

/** How long a DELETE waits for the app to end; it is ended even if that takes longer. */
const ENDING_APP_LIMIT_MS = 2_000;
/** Viewing a streamer must not wait for one that is busy. */
const STATS_LIMIT_MS = 1_000;
const INPUT_LIMIT_MS = 5_000;

export interface WorkerServices extends ProcessSettings {
  startWorker: (log: Logger) => StreamerWorker;
  ports: UdpPorts;
}

export interface WorkerRunnerOptions {
  id: string;
  host: Host;
  ownerId: number | null;
  request: CreateStreamer;
  services: WorkerServices;
  peers: PeerSessions;
  participants: Participants;
  taps: TapAccess;
  /** The bitrate was adapted to the networks of viewers: the host now streams at this, kbit/s. */
  adapted: (bitrate: number) => void;
  /** Receives events for the state machine. */
  feed: (event: StreamerEvent) => void;
  log: Logger;
}

/** Runs the workers of one streamer, one after another, with the allocation they share and their turns to launch. */
export class WorkerRunner {
  readonly #options: WorkerRunnerOptions;
  readonly #allocating = new AbortController();
  #request: CreateStreamer;
  /** Of the current worker; null: the bitrate stays at what was asked for. */
  #adapter: BitrateAdapter | null = null;
  /** What the host streams at, kbit/s, if that is less than was asked for. */
  #adaptedKbps: number | null = null;
  #allocation: Allocation | null = null;
  #worker: StreamerWorker | null = null;
  /** The worker has its init, and takes other messages. */
  #initialised = false;
  /** The current worker's request for the turn on the host. */
  #turn: AbortController | null = null;

  constructor(options: WorkerRunnerOptions) {
    this.#options = options;
    this.#request = options.request;
  }

  get use(): AppUse | undefined {
    return this.#allocation?.use;
  }

  /** What was asked for, with what has been changed since. */
  get request(): CreateStreamer {
    return this.#request;
  }

  /** What the host streams at, kbit/s. */
  get bitrate(): number {
    return this.#adaptedKbps ?? this.#request.bitrate;
  }

  /** The counters of the worker; null if there is none, or if it does not answer in time. */
  async stats(): Promise<StreamerStatistics | null> {
    return this.#worker?.stats(STATS_LIMIT_MS) ?? null;
  }

  /** Null: there is no worker, or it does not answer in time. */
  async input(request: InputMessage): Promise<InputOutcome | null> {
    return this.#worker?.input(request, INPUT_LIMIT_MS) ?? null;
  }

  /** What the participants hold; null: there is no worker, or it does not answer in time. */
  async held(): Promise<Held | null> {
    return this.#worker?.held(STATS_LIMIT_MS) ?? null;
  }

  /**
   * Changes the bitrate of the running stream, kbit/s, and that of the sessions after it: what the host says it applied, or what was
   * asked for if that makes no sense. Throws what `Host.setBitrate` throws.
   */
  async changeBitrate(asked: number): Promise<void> {
    const bitrate = await this.#setBitrate(asked);
    this.#request = { ...this.#request, bitrate };
    this.#adaptedKbps = null;
    this.#adapter?.asked(bitrate);
  }

  /** What was asked for is unchanged, and applies again once it can. */
  async #adapt(kbps: number): Promise<number> {
    const bitrate = await this.#setBitrate(kbps);
    this.#adaptedKbps = bitrate < this.#request.bitrate ? bitrate : null;
    this.#options.adapted(this.bitrate);
    return bitrate;
  }

  async #setBitrate(asked: number): Promise<number> {
    const applied = await this.#options.host.setBitrate(this.#allocation!.lease, asked);
    const bitrate = changeStreamerSchema.safeParse({ bitrate: applied }).success ? applied : asked;
    if (this.#initialised) this.#worker?.send({ type: 'bitrateChanged', bitrate });
    return bitrate;
  }

  /** `stays`: someone will come back to the app if the server is killed. */
  async allocate({ stays }: { stays: boolean }): Promise<void> {
    const { host, ownerId, services } = this.#options;
    const { app_id: appId, client_unique_id: client } = this.#request;
    const clientUniqueId = clientIdOf({ client, ownerId });
    const { signal } = this.#allocating;
    try {
      this.#allocation = await Allocation.take(host, { clientUniqueId, appId, stays, ports: services.ports, signal });
      this.#options.feed({ type: 'allocated' });
    } catch (cause) {
      const error = MoonshareError.from(cause);
      if (error.code === 'INTERNAL') this.#options.log.error({ err: cause }, 'streamer could not start');
      this.#options.feed({ type: 'allocationFailed', error });
    }
  }

  abandonAllocation(): void {
    this.#allocating.abort(new MoonshareError('STREAMER_STOPPED'));
  }

  releaseAllocation(): void {
    this.#allocation?.release();
    this.use?.leave();
  }

  async takePort(port: PortChoice): Promise<void> {
    try {
      await (port === 'another' ? this.#allocation?.takeAnotherPort() : this.#allocation?.takePortAgain());
      this.#options.feed({ type: 'portAcquired' });
    } catch (cause) {
      this.#options.feed({ type: 'portUnavailable', error: MoonshareError.from(cause) });
    }
  }

  start(deaths: number): void {
    const worker = this.#options.services.startWorker(this.#options.log);
    this.#worker = worker;
    this.#initialised = false;
    const { udpPort, app } = this.#allocation!;
    this.#options.log.info({ pid: worker.pid, udpPort, app: app.title, deaths }, 'streamer process started');
    worker.on('message', (message) => this.#onMessage(message));
    worker.once('exit', (error) => {
      this.#options.log.info({ err: error }, 'streamer process ended');
      this.#worker = null;
      this.#options.participants.detach();
      this.#options.taps.detach();
      this.#adapter?.close();
      this.#adapter = null;
      this.#adaptedKbps = null;
      this.#turn?.abort();
      this.use?.processEnded();
      this.#options.feed({ type: 'workerExited', error });
    });
  }

  init(resume: boolean): void {
    const { peers, taps } = this.#options;
    const allocation = this.#allocation!;
    const worker = this.#worker!;
    worker.send(initMessage({ ...this.#options, request: this.#request, allocation, resume }));
    this.#initialised = true;
    if (this.#request.adaptive_bitrate) {
      const { log } = this.#options;
      const { bitrate: askedKbps } = this.#request;
      const personOf = (peerId: string) => peers.personOf(peerId);
      this.#adapter = new BitrateAdapter({ askedKbps, personOf, change: (kbps) => this.#adapt(kbps), log });
    }
    // Before anyone can send input to it.
    this.#options.participants.attach((message) => worker.send(message));
    peers.attach((message, socket) => worker.send(message, socket), allocation.app);
    taps.attach((message, socket) => worker.send(message, socket));
  }

  stop(): void {
    if (this.#worker !== null) background(this.#worker.stop(), this.#options.log);
  }

  async requestTurn(): Promise<void> {
    const turn = new AbortController();
    this.#turn = turn;
    const isGranted = await this.use?.toLaunch(turn.signal);
    if (isGranted && !turn.signal.aborted) this.#options.feed({ type: 'turnGranted' });
  }

  cancelTurn(): void {
    this.#turn?.abort();
  }

  grantLaunch(): void {
    this.#worker?.send({ type: 'launchGranted' });
  }

  /** Stops the worker and gives up the allocation. `isAppLeft`, called once the worker is gone: the app keeps running on its host. */
  async end(isAppLeft: () => boolean): Promise<void> {
    this.use?.leaving();
    await this.#worker?.stop();
    this.#allocation?.release();
    if (isAppLeft()) this.use?.leave();
    else await endApp(this.use);
  }

  /** A failed streamer may have left its app for the next start. */
  async endLeftApp(): Promise<void> {
    if (this.use !== undefined) await this.#options.host.appUses.endLeft(this.use);
  }

  #onMessage(message: FromStreamer): void {
    this.use?.receive(message);
    this.#options.peers.onWorkerMessage(message);
    this.#options.participants.onWorkerMessage(message);
    this.#options.taps.receive(message);
    this.#adapter?.receive(message);
    switch (message.type) {
      case 'ready':
        this.#options.feed({ type: 'workerReady' });
        break;
      case 'hostState':
      case 'portTaken':
      case 'launchWanted':
      case 'launchDone':
        this.#options.feed(message);
        break;
    }
  }
}

/** Waits for the end of the app, unless the host is still busy starting it. */
async function endApp(use: AppUse | undefined): Promise<void> {
  const isBusy = use?.unanswered === true;
  const ended = use?.end();
  if (!isBusy) await Promise.race([ended, timers.setTimeout(ENDING_APP_LIMIT_MS, undefined, { ref: false })]);
}
