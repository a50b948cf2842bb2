import { sign, timingSafeEqual, verify, type X509Certificate } from 'node:crypto';
import { certificateSignature } from './certificate.ts';
import { decrypt, digest, encrypt, type PairingHash, pairingKey, parseHex } from './pairing-crypto.ts';
import { parseCertificate } from './pem.ts';
import type { QueryParameters } from './query.ts';
import type { ClientIdentity } from './types.ts';
import { errorXml, replyXml } from './xml.ts';

const MAX_CERTIFICATE_BYTES = 8 * 1024;
/** Anybody may begin attempts: the oldest is dropped if there are too many. */
const MAX_ATTEMPTS = 16;

/** The phase an attempt awaits; `pin`: phase 1 has arrived and the PIN has not. */
type Awaited = 'pin' | 'clientchallenge' | 'serverchallengeresp' | 'clientpairingsecret';

interface Attempt {
  awaits: Awaited;
  /** PEM as sent: hosts store this very text. */
  text: string;
  certificate: X509Certificate;
  signature: Buffer;
  salt: Buffer;
  /** A second phase 1 arrived after the first was answered: protocol/1 §5.3. */
  stale: boolean;
  key: Buffer;
  hostSecret: Buffer;
  hostChallenge: Buffer;
  clientHash: Buffer;
}

export type PairingHostAnswer =
  | { type: 'reply'; xml: string }
  /** Withhold the answer to this request until `enterPin` returns it, or close it after 300 s and `forget` the attempt. */
  | { type: 'waitForPin'; uniqueId: string }
  /** Send this answer, and accept this certificate from now on (the PEM text as the client sent it). */
  | { type: 'paired'; xml: string; certificate: string };

export interface PairingHostOptions {
  identity: ClientIdentity;
  random: (bytes: number) => Buffer;
  hash?: PairingHash;
}

/**
 * The host's half of pairing, with the failure modes of Sunshine (protocol/1 §5.1, §5.3). `receive` takes each `/pair`
 * request, over HTTP and HTTPS alike; whether the client of phase 5 is known is for the HTTPS server to check.
 */
export class PairingHost {
  readonly #identity: ClientIdentity;
  readonly #signature: Buffer;
  readonly #random: (bytes: number) => Buffer;
  readonly #hash: PairingHash;
  readonly #attempts = new Map<string, Attempt>();

  constructor({ identity, random, hash = 'sha256' }: PairingHostOptions) {
    this.#identity = identity;
    this.#signature = certificateSignature(parseCertificate(identity.certificate));
    this.#random = random;
    this.#hash = hash;
  }

  receive(query: QueryParameters): PairingHostAnswer {
    const uniqueId = query.get('uniqueid');
    if (uniqueId === undefined || uniqueId === '') return failure(400, 'Missing uniqueid parameter');
    const phrase = query.get('phrase');
    if (phrase === 'getservercert') return this.#begin(uniqueId, query);
    if (phrase === 'pairchallenge') return success([['paired', 1]]);
    const attempt = this.#attempts.get(uniqueId);
    if (attempt === undefined) return failure(400, 'Invalid uniqueid');
    for (const step of ['clientchallenge', 'serverchallengeresp', 'clientpairingsecret'] as const) {
      const value = query.get(step);
      if (value === undefined) continue;
      if (attempt.awaits !== step) {
        this.#attempts.delete(uniqueId);
        return failure(400, `Out of order call to ${step}`);
      }
      const bytes = parseHex(value, 1024);
      if (step === 'clientchallenge') return this.#challenged(uniqueId, attempt, bytes);
      if (step === 'serverchallengeresp') return this.#answered(uniqueId, attempt, bytes);
      return this.#proved(uniqueId, attempt, bytes);
    }
    return failure(404, 'Invalid pairing request');
  }

  /** The attempts that wait for a PIN, oldest first. */
  get waiting(): string[] {
    return [...this.#attempts].filter(([, attempt]) => attempt.awaits === 'pin' || attempt.stale).map(([id]) => id);
  }

  /** Gives the PIN to the oldest waiting attempt; the XML answers its withheld request. Null if none waits. */
  enterPin(pin: string): { uniqueId: string; xml: string } | null {
    const uniqueId = this.waiting[0];
    if (uniqueId === undefined || !/^\d{4}$/.test(pin)) return null;
    const attempt = this.#attempts.get(uniqueId)!;
    if (attempt.awaits !== 'pin') {
      this.#attempts.delete(uniqueId);
      return { uniqueId, xml: errorXml(400, 'Out of order call to getservercert') };
    }
    if (attempt.salt.length < 16) {
      this.#attempts.delete(uniqueId);
      return { uniqueId, xml: errorXml(400, 'Salt too short') };
    }
    attempt.key = pairingKey(this.#hash, attempt.salt.subarray(0, 16), pin);
    attempt.awaits = 'clientchallenge';
    return {
      uniqueId,
      xml: replyXml([
        ['paired', 1],
        ['plaincert', hex(Buffer.from(this.#identity.certificate, 'latin1'))],
      ]),
    };
  }

  /** Drops an attempt whose client has gone. */
  forget(uniqueId: string): void {
    this.#attempts.delete(uniqueId);
  }

  #begin(uniqueId: string, query: QueryParameters): PairingHostAnswer {
    const salt = parseHex(query.get('salt'), 64) ?? Buffer.alloc(0);
    const known = this.#attempts.get(uniqueId);
    if (known !== undefined) {
      // Sunshine keeps the first certificate and takes the new salt.
      known.salt = salt;
      known.stale = known.awaits !== 'pin';
      return { type: 'waitForPin', uniqueId };
    }
    const text = parseHex(query.get('clientcert'), MAX_CERTIFICATE_BYTES)?.toString('latin1') ?? '';
    let certificate: X509Certificate;
    let signature: Buffer;
    try {
      certificate = parseCertificate(text);
      signature = certificateSignature(certificate);
      if (certificate.publicKey.asymmetricKeyType !== 'rsa') throw new Error('not RSA');
    } catch {
      return failure(400, 'Invalid client certificate');
    }
    if (this.#attempts.size >= MAX_ATTEMPTS) this.#attempts.delete(this.#attempts.keys().next().value!);
    const none = Buffer.alloc(0);
    this.#attempts.set(uniqueId, {
      awaits: 'pin',
      text,
      certificate,
      signature,
      salt,
      stale: false,
      key: none,
      hostSecret: none,
      hostChallenge: none,
      clientHash: none,
    });
    return { type: 'waitForPin', uniqueId };
  }

  #challenged(uniqueId: string, attempt: Attempt, bytes: Buffer | null): PairingHostAnswer {
    if (bytes === null || bytes.length !== 16) return this.#drop(uniqueId, 'Invalid client challenge');
    attempt.hostSecret = this.#random(16);
    attempt.hostChallenge = this.#random(16);
    attempt.awaits = 'serverchallengeresp';
    const hash = digest(this.#hash, decrypt(attempt.key, bytes), this.#signature, attempt.hostSecret);
    const response = encrypt(attempt.key, Buffer.concat([hash, attempt.hostChallenge]));
    return success([
      ['paired', 1],
      ['challengeresponse', hex(response)],
    ]);
  }

  #answered(uniqueId: string, attempt: Attempt, bytes: Buffer | null): PairingHostAnswer {
    if (bytes === null || bytes.length !== 32) return this.#drop(uniqueId, 'Invalid challenge response');
    attempt.clientHash = decrypt(attempt.key, bytes);
    attempt.awaits = 'clientpairingsecret';
    const signature = sign('sha256', attempt.hostSecret, this.#identity.privateKey);
    return success([
      ['pairingsecret', hex(Buffer.concat([attempt.hostSecret, signature]))],
      ['paired', 1],
    ]);
  }

  #proved(uniqueId: string, attempt: Attempt, bytes: Buffer | null): PairingHostAnswer {
    this.#attempts.delete(uniqueId);
    if (bytes === null || bytes.length <= 16) return success([['paired', 0]]);
    const secret = bytes.subarray(0, 16);
    const proof = digest(this.#hash, attempt.hostChallenge, attempt.signature, secret);
    const proven =
      timingSafeEqual(proof, attempt.clientHash.subarray(0, proof.length)) &&
      verify('sha256', secret, attempt.certificate.publicKey, bytes.subarray(16));
    if (!proven) return success([['paired', 0]]);
    return { type: 'paired', xml: replyXml([['paired', 1]]), certificate: attempt.text };
  }

  #drop(uniqueId: string, message: string): PairingHostAnswer {
    this.#attempts.delete(uniqueId);
    return failure(400, message);
  }
}

function success(children: Parameters<typeof replyXml>[0]): PairingHostAnswer {
  return { type: 'reply', xml: replyXml(children) };
}

function failure(statusCode: number, message: string): PairingHostAnswer {
  return { type: 'reply', xml: errorXml(statusCode, message) };
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}
