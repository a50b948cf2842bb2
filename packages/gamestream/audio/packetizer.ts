import { GameStreamError } from '../errors.ts';
import { audioCode } from '../fec/erasure-code.ts';
import { encodeParity } from '../fec/parity.ts';
import type { ProtocolVariant } from '../types.ts';
import { type AudioKey, audioKey, encryptAudio } from './cipher.ts';
import { AUDIO_HEADER, BLOCK_DATA, DATA_TYPE, FEC_HEADER, FEC_TYPE } from './datagram.ts';

export interface AudioPacketizerOptions {
  packetMs: 5 | 10;
  /** Both given if audio is encrypted: 16 bytes and the signed `rikeyid`. */
  key?: Buffer | undefined;
  keyId?: number | undefined;
  /** Default: Sunshine's. */
  variant?: ProtocolVariant | undefined;
  /** Default 0; a multiple of 4. */
  firstSequence?: number | undefined;
}

/** The host side of one audio stream, protocol/3 §8.1, §8.2. */
export class AudioPacketizer {
  readonly #options: AudioPacketizerOptions;
  readonly #key: AudioKey | null;
  /** Not wrapped: Sunshine's timestamp continues past a wrap of the sequence number. */
  #sequence: number;
  #block: Buffer[] = [];

  constructor(options: AudioPacketizerOptions) {
    this.#options = options;
    this.#key = audioKey(options);
    this.#sequence = options.firstSequence ?? 0;
    if (!(this.#sequence >= 0) || this.#sequence % BLOCK_DATA !== 0) {
      throw new GameStreamError('INVALID_ARGUMENT', 'An audio stream starts at a multiple of 4');
    }
  }

  /** One data datagram; after every fourth also the two FEC datagrams, unless the four differ in size. */
  packetize(opus: Buffer): Buffer[] {
    const payload = this.#key === null ? opus : encryptAudio(this.#key, this.#sequence, opus);
    const data = Buffer.alloc(AUDIO_HEADER + payload.length);
    data[0] = 0x80;
    data[1] = DATA_TYPE;
    data.writeUInt16BE(this.#sequence & 0xffff, 2);
    data.writeUInt32BE(this.#timestamp(this.#sequence), 4);
    payload.copy(data, AUDIO_HEADER);
    this.#sequence += 1;
    this.#block.push(payload);
    if (this.#block.length < BLOCK_DATA) return [data];

    const block = this.#block;
    this.#block = [];
    if (block.some((one) => one.length !== payload.length)) return [data];
    const base = this.#sequence - BLOCK_DATA;
    // One of two numberings that collide with data, protocol/3 §8.2.
    const fecSequence = this.#options.variant === 'wolf' ? this.#sequence - 1 : this.#sequence;
    const parity = encodeParity(audioCode, block).map((shard, index) => {
      const fec = Buffer.alloc(FEC_HEADER + shard.length);
      fec[0] = 0x80;
      fec[1] = FEC_TYPE;
      fec.writeUInt16BE((fecSequence + index) & 0xffff, 2);
      fec[12] = index;
      fec[13] = DATA_TYPE;
      fec.writeUInt16BE(base & 0xffff, 14);
      fec.writeUInt32BE(this.#timestamp(base), 16);
      shard.copy(fec, FEC_HEADER);
      return fec;
    });
    return [data, ...parity];
  }

  /** Wolf derives it from the 16-bit sequence number, protocol/3 §8.1. */
  #timestamp(sequence: number): number {
    const { packetMs, variant } = this.#options;
    return ((variant === 'wolf' ? sequence & 0xffff : sequence) * packetMs) >>> 0;
  }
}
