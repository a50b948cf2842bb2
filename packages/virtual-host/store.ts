import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClientIdentity, createHostIdentity } from '@moonshare/gamestream';

interface SavedState {
  uniqueId: string;
  identity: ClientIdentity;
  clients: string[];
}

/** This host's identity and the clients it trusts; on disk if a folder is given, else only in memory. */
export class Store {
  readonly uniqueId: string;
  readonly identity: ClientIdentity;
  readonly #clients: Map<string, string>;
  readonly #file: string | null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(state: SavedState, file: string | null) {
    this.uniqueId = state.uniqueId;
    this.identity = state.identity;
    this.#clients = new Map(state.clients.map((pem) => [fingerprint(new X509Certificate(pem).raw), pem]));
    this.#file = file;
  }

  static async open(folder: string | null): Promise<Store> {
    const file = folder === null ? null : join(folder, 'virtual-host.json');
    const saved = file === null ? null : await readState(file);
    if (saved !== null) return new Store(saved, file);
    const identity = await createHostIdentity('Moonshare Virtual Host');
    const store = new Store({ uniqueId: randomUUID().toUpperCase(), identity, clients: [] }, file);
    if (folder !== null) await mkdir(folder, { recursive: true, mode: 0o700 });
    await store.#save();
    return store;
  }

  /** Trusts a client's certificate from now on. */
  async addClient(pem: string): Promise<void> {
    this.#clients.set(fingerprint(new X509Certificate(pem).raw), pem);
    await this.#save();
  }

  knows(certificate: Buffer): boolean {
    return this.#clients.has(fingerprint(certificate));
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Fingerprints of the clients, in the order in which they paired. */
  get clients(): string[] {
    return [...this.#clients.keys()];
  }

  /** Stops trusting this client, or all of them; returns how many were removed. */
  async removeClients(which: string | 'all'): Promise<number> {
    const before = this.#clients.size;
    if (which === 'all') this.#clients.clear();
    else this.#clients.delete(which);
    await this.#save();
    return before - this.#clients.size;
  }

  async #save(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    const state: SavedState = {
      uniqueId: this.uniqueId,
      identity: this.identity,
      clients: [...this.#clients.values()],
    };
    // One write at a time, and never a half-written file.
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
      await rename(`${file}.new`, file);
    });
    await this.#writing;
  }
}

/** SHA-256 of a certificate's DER, lower-case hex. */
export function fingerprint(der: Buffer): string {
  return createHash('sha256').update(der).digest('hex');
}

async function readState(file: string): Promise<SavedState | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const state = JSON.parse(text) as Partial<SavedState>;
  if (
    typeof state.uniqueId !== 'string' ||
    typeof state.identity?.certificate !== 'string' ||
    !Array.isArray(state.clients)
  ) {
    throw new Error(`${file} is not the state of a virtual host. Move it away to start afresh.`);
  }
  return state as SavedState;
}
