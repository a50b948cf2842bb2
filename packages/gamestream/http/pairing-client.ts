import { type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { certificateSignature } from './certificate.ts';
import { decrypt, digest, encrypt, type PairingHash, padTo, pairingKey, parseHex } from './pairing-crypto.ts';
import { derToPem, parseCertificate } from './pem.ts';
import type { ClientIdentity } from './types.ts';
import type { XmlReply } from './xml.ts';

const MAX_CERTIFICATE_BYTES = 16 * 1024;

export type PairingPhase = 1 | 2 | 3 | 4 | 5;

/** One request of the exchange; phase 5 uses HTTPS with the host certificate pinned. */
export interface PairingRequest {
  phase: PairingPhase;
  /** After `uniqueid`, `uuid`, `devicename` and `updateState`. */
  parameters: [name: string, value: string][];
}

export interface PairingClientOptions {
  identity: ClientIdentity;
  /** Four digits. */
  pin: string;
  /** Called for salt, challenge and secret, 16 bytes each, in this order. */
  random: (bytes: number) => Buffer;
  hash?: PairingHash;
}

/**
 * The client's half of pairing, protocol/1 §5: send `begin()`, pass each answer to `receive()` and send what it returns,
 * until it returns null. Then `hostCertificate` is the one to pin.
 */
export class PairingClient {
  readonly #identity: ClientIdentity;
  readonly #signature: Buffer;
  readonly #hash: PairingHash;
  readonly #salt: Buffer;
  readonly #challenge: Buffer;
  readonly #secret: Buffer;
  readonly #key: Buffer;
  #phase: PairingPhase | 'new' | 'done' = 'new';
  #host: { pem: string; publicKey: KeyObject; signature: Buffer } | null = null;
  /** What the host claims to have hashed, to be checked once its secret is known. */
  #hostHash: Buffer = Buffer.alloc(0);

  constructor({ identity, pin, random, hash = 'sha256' }: PairingClientOptions) {
    if (!/^\d{4}$/.test(pin)) throw new GameStreamError('INVALID_ARGUMENT', 'A PIN has four digits');
    this.#identity = identity;
    this.#signature = certificateSignature(parseCertificate(identity.certificate));
    this.#hash = hash;
    this.#salt = random(16);
    this.#challenge = random(16);
    this.#secret = random(16);
    this.#key = pairingKey(hash, this.#salt, pin);
  }

  /** The host's certificate as canonical PEM: known after phase 1, to be trusted only after phase 5. */
  get hostCertificate(): string {
    if (this.#host === null) throw new GameStreamError('INVALID_ARGUMENT', 'The host has not answered yet');
    return this.#host.pem;
  }

  begin(): PairingRequest {
    if (this.#phase !== 'new') throw new GameStreamError('INVALID_ARGUMENT', 'The pairing has begun already');
    return this.#request(1, [
      ['phrase', 'getservercert'],
      ['salt', this.#salt.toString('hex')],
      ['clientcert', Buffer.from(this.#identity.certificate, 'latin1').toString('hex')],
    ]);
  }

  /**
   * Takes the answer to the last request; returns the next request, or null once paired. Throws PAIRING_IN_PROGRESS,
   * PAIRING_WRONG_PIN, PAIRING_REJECTED, PAIRING_FORGED, HOST_BAD_REPLY, which end the exchange.
   */
  receive(reply: XmlReply): PairingRequest | null {
    const phase = this.#phase;
    this.#phase = 'done';
    if (phase === 'new' || phase === 'done') throw new GameStreamError('INVALID_ARGUMENT', 'No answer is awaited');
    if (reply.statusCode !== 200 || reply.root.text('paired') !== '1') throw rejected(phase, reply);
    if (phase === 1) return this.#challengeHost(reply);
    if (phase === 2) return this.#answerHost(reply);
    if (phase === 3) return this.#prove(reply);
    return phase === 4 ? this.#request(5, [['phrase', 'pairchallenge']]) : null;
  }

  /** A request that makes Sunshine and Wolf forget an attempt that stopped before phase 4, protocol/1 §5.3. */
  static forget(): PairingRequest {
    return { phase: 4, parameters: [['clientpairingsecret', '00'.repeat(16 + 256)]] };
  }

  #challengeHost({ root }: XmlReply): PairingRequest {
    const pem = parseHex(root.text('plaincert'), MAX_CERTIFICATE_BYTES);
    if (pem === null || pem.length === 0) {
      throw new GameStreamError('PAIRING_IN_PROGRESS', 'The host is already pairing with another client', {
        hint: 'Finish or wait for the other pairing, then try again.',
      });
    }
    try {
      const certificate = parseCertificate(pem.toString('latin1'));
      const { publicKey } = certificate;
      if (publicKey.asymmetricKeyType !== 'rsa') throw new Error(`A key of type ${publicKey.asymmetricKeyType}`);
      this.#host = { pem: derToPem(certificate.raw), publicKey, signature: certificateSignature(certificate) };
    } catch (cause) {
      throw new GameStreamError('HOST_BAD_REPLY', 'The host did not send a usable certificate', { cause });
    }
    return this.#request(2, [['clientchallenge', encrypt(this.#key, this.#challenge).toString('hex')]]);
  }

  #answerHost({ root }: XmlReply): PairingRequest {
    const encrypted = parseHex(root.text('challengeresponse'), 1024);
    const hashLength = this.#hash === 'sha256' ? 32 : 20;
    if (encrypted === null || encrypted.length % 16 !== 0 || encrypted.length < hashLength + 16) {
      throw new GameStreamError('HOST_BAD_REPLY', 'The challenge response of the host is malformed');
    }
    const plain = decrypt(this.#key, encrypted);
    this.#hostHash = plain.subarray(0, hashLength);
    const hostChallenge = plain.subarray(hashLength, hashLength + 16);
    const proof = digest(this.#hash, hostChallenge, this.#signature, this.#secret);
    return this.#request(3, [['serverchallengeresp', encrypt(this.#key, padTo(proof, 32)).toString('hex')]]);
  }

  #prove({ root }: XmlReply): PairingRequest {
    const pairingSecret = parseHex(root.text('pairingsecret'), 4096);
    if (pairingSecret === null || pairingSecret.length <= 16) {
      throw new GameStreamError('HOST_BAD_REPLY', 'The pairing secret of the host is malformed');
    }
    const host = this.#host!;
    const hostSecret = pairingSecret.subarray(0, 16);
    if (!verify('sha256', hostSecret, host.publicKey, pairingSecret.subarray(16))) {
      throw new GameStreamError('PAIRING_FORGED', 'The host could not prove that it owns its certificate', {
        hint: 'Someone may be intercepting the connection to the host. Do not pair over this network.',
      });
    }
    const expected = digest(this.#hash, this.#challenge, host.signature, hostSecret);
    if (!timingSafeEqual(expected, this.#hostHash)) {
      throw new GameStreamError('PAIRING_WRONG_PIN', 'The wrong PIN was typed into the host', {
        hint: 'Start the pairing again and type the new PIN.',
      });
    }
    const signature = sign('sha256', this.#secret, this.#identity.privateKey);
    return this.#request(4, [['clientpairingsecret', Buffer.concat([this.#secret, signature]).toString('hex')]]);
  }

  #request(phase: PairingPhase, parameters: [string, string][]): PairingRequest {
    this.#phase = phase;
    return { phase, parameters };
  }
}

function rejected(phase: PairingPhase, reply: XmlReply): GameStreamError {
  const statusText = reply.statusMessage === '' ? '' : `: "${reply.statusMessage.slice(0, 200)}"`;
  return new GameStreamError('PAIRING_REJECTED', `The host refused phase ${phase} of the pairing${statusText}`, {
    hint: 'Start the pairing again. If it fails again, restart the host software.',
  });
}
