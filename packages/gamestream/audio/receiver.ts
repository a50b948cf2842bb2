import assert from 'node:assert/strict';
import type { CoreOutput } from '@moonshare/sans-io';
import type { AudioPacket } from '../types.ts';
import { type AudioKey, audioKey, decryptAudio } from './cipher.ts';
import { type AudioDatagram, BLOCK_DATA, parseAudioDatagram } from './datagram.ts';
import { AudioBlock } from './fec-block.ts';

export interface AudioReceiverOptions {
  packetMs: 5 | 10;
  /** Both given if audio is encrypted: 16 bytes and the signed `rikeyid`. */
  key?: Buffer | undefined;
  keyId?: number | undefined;
  /** How long an incomplete block is awaited past its due time, ms. Default: 10, and only if packets recently came out of order. */
  holdMs?: number | undefined;
}

/** Counters since the start. */
export class AudioReceiverStats {
  datagrams = 0;
  invalid = 0;
  undecryptable = 0;
  /** Duplicates, and packets of finished blocks. Parity after complete data counts here. */
  late = 0;
  /** Sequence number too far from the stream's. */
  implausible = 0;
  delivered = 0;
  recovered = 0;
  /** Sequence numbers skipped. */
  lost = 0;
  resynchronisations = 0;
}

const DEFAULT_HOLD_MS = 10;
/** For how many packets one reordered packet makes us patient, protocol/3 §8.6 (7). */
const PATIENT_PACKETS = 32768;
/** protocol/3 §10 */
const MAX_OPEN_BLOCKS = 8;
const MAX_JUMP = 64;
/** Packets of another numbering that must arrive, with none of the current one in between, before we switch to it. */
const PACKETS_TO_RESYNCHRONISE = 3;

/** Distance from `from` to `to` of 16-bit sequence numbers, -32768 to 32767. */
function distance16(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

function blockBase(sequence: number): number {
  return Math.floor(sequence / BLOCK_DATA) * BLOCK_DATA;
}

function wireSequence(datagram: AudioDatagram): number {
  return datagram.type === 'data' ? datagram.sequence : datagram.baseSequence;
}

/** Turns audio datagrams into Opus packets, its events, in sequence order, protocol/3 §8. Copies what it keeps of them. */
export class AudioReceiver {
  readonly #options: AudioReceiverOptions;
  readonly #key: AudioKey | null;
  readonly #stats = new AudioReceiverStats();
  /** Extended sequence number of the next packet to hand out; null before the first datagram. */
  #next: number | null = null;
  /** Highest data packet seen, extended. */
  #highest = -1;
  /** Open blocks by the extended sequence number of their first packet. */
  readonly #blocks = new Map<number, AudioBlock>();
  #patientUntil = -1;
  #candidates: { datagram: AudioDatagram; now: number }[] = [];

  constructor(options: AudioReceiverOptions) {
    this.#options = options;
    this.#key = audioKey(options);
  }

  receive(datagram: Buffer, now: number): CoreOutput<AudioPacket> {
    const packets: AudioPacket[] = [];
    this.#stats.datagrams += 1;
    const parsed = parseAudioDatagram(datagram);
    if (parsed === null) this.#stats.invalid += 1;
    else this.#accept(parsed, now, packets);
    return this.#finish(now, packets);
  }

  /** `now` = Infinity: the stream has ended, and held packets come out. */
  advance(now: number): CoreOutput<AudioPacket> {
    const packets: AudioPacket[] = [];
    return this.#finish(now, packets);
  }

  stats(): AudioReceiverStats {
    return { ...this.#stats };
  }

  #finish(now: number, packets: AudioPacket[]): CoreOutput<AudioPacket> {
    const wakeAt = this.#drain(now, packets);
    assert.ok(this.#blocks.size <= MAX_OPEN_BLOCKS, 'more blocks are open than allowed');
    for (const base of this.#blocks.keys()) assert.ok(base + BLOCK_DATA > this.#next!, 'a block was left behind');
    return { events: packets, wakeAt };
  }

  #accept(datagram: AudioDatagram, now: number, packets: AudioPacket[]): void {
    const wire = wireSequence(datagram);
    // From the start of a block, so that the stream's first packet can be recovered too.
    this.#next ??= blockBase(wire);
    const ahead = distance16(this.#next & 0xffff, wire);
    if (Math.abs(ahead) > MAX_JUMP) {
      this.#stats.implausible += 1;
      this.#considerOther(datagram, now, packets);
    } else if (this.#store(datagram, this.#next + ahead, now)) this.#candidates = [];
    else this.#stats.late += 1;
  }

  /** False for duplicates, and for packets already delivered or given up. */
  #store(datagram: AudioDatagram, sequence: number, now: number): boolean {
    const base = blockBase(sequence);
    // Parity that arrives late is only recognized as such once a newer block has begun.
    if (datagram.type === 'data' ? sequence < this.#highest : base < blockBase(this.#highest)) {
      this.#patientUntil = this.#highest + PATIENT_PACKETS;
    }
    if (datagram.type === 'data') this.#highest = Math.max(this.#highest, sequence);
    if (base + BLOCK_DATA <= this.#next!) return false;
    let block = this.#blocks.get(base);
    if (block === undefined) {
      block = new AudioBlock(datagram.payload.length, now);
      this.#blocks.set(base, block);
    }
    if (datagram.type === 'data') return block.addData(sequence - base, datagram.payload, now);
    return block.addParity(datagram.index, datagram.payload, now);
  }

  /** protocol/3 §10: a far jump is believed if it persists. The new numbering continues upwards, whichever way it jumped. */
  #considerOther(datagram: AudioDatagram, now: number, packets: AudioPacket[]): void {
    const last = this.#candidates.at(-1);
    const apart = last === undefined ? 0 : distance16(wireSequence(last.datagram), wireSequence(datagram));
    if (Math.abs(apart) > MAX_JUMP) this.#candidates = [];
    this.#candidates.push({ datagram: { ...datagram, payload: Buffer.from(datagram.payload) }, now });
    if (this.#candidates.length < PACKETS_TO_RESYNCHRONISE) return;
    const candidates = this.#candidates;
    this.#candidates = [];
    this.#drain(Number.POSITIVE_INFINITY, packets);
    // The rest is only parity, under numbers that will not return.
    this.#blocks.clear();
    const origin = wireSequence(candidates[0]!.datagram);
    const first = Math.min(...candidates.map((one) => distance16(origin, wireSequence(one.datagram))));
    const start = blockBase((origin + first) & 0xffff);
    const before = this.#next!;
    this.#next = before + ((start - before) & 0xffff);
    this.#highest = this.#next - 1;
    this.#stats.resynchronisations += 1;
    for (const one of candidates) {
      const ahead = distance16(start, wireSequence(one.datagram));
      if (!this.#store(one.datagram, this.#next + ahead, one.now)) this.#stats.late += 1;
    }
  }

  /** Delivers what is due by now; returns when to look again. */
  #drain(now: number, packets: AudioPacket[]): number {
    while (this.#next !== null && this.#blocks.size > 0) {
      const base = blockBase(this.#next);
      const block = this.#blocks.get(base);
      const packet = block?.packet(this.#next - base);
      if (packet) {
        this.#deliver(this.#next, packet, packets);
        this.#moveTo(this.#next + 1);
        continue;
      }
      const newer = this.#oldestAfter(base);
      const ended = now === Number.POSITIVE_INFINITY && block?.hasDataFrom(this.#next - base);
      if (newer === null && !ended) break;
      const due = this.#dueAt(block, newer);
      if (this.#blocks.size <= MAX_OPEN_BLOCKS && now < due) return due;
      const to = block === undefined && newer !== null ? newer : this.#next + 1;
      this.#stats.lost += to - this.#next;
      this.#moveTo(to);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** protocol/3 §8.6 (6): at once, or while there is hope, some time after the block should have been complete. */
  #dueAt(block: AudioBlock | undefined, newer: number | null): number {
    const { holdMs, packetMs } = this.#options;
    if (holdMs === undefined && this.#highest >= this.#patientUntil) return Number.NEGATIVE_INFINITY;
    const wait = holdMs ?? DEFAULT_HOLD_MS;
    if (block !== undefined) return block.firstAt + BLOCK_DATA * packetMs + wait;
    return newer === null ? Number.NEGATIVE_INFINITY : this.#blocks.get(newer)!.firstAt + wait;
  }

  #deliver(
    sequence: number,
    packet: { payload: Buffer; receivedAt: number; recovered: boolean },
    packets: AudioPacket[],
  ): void {
    const data = this.#key === null ? packet.payload : decryptAudio(this.#key, sequence, packet.payload);
    if (data === null) {
      this.#stats.undecryptable += 1;
      return;
    }
    const { receivedAt, recovered } = packet;
    packets.push({ sequence, data, durationMs: this.#options.packetMs, receivedAt, recovered });
    this.#stats.delivered += 1;
    if (recovered) this.#stats.recovered += 1;
  }

  #moveTo(sequence: number): void {
    const base = blockBase(this.#next!);
    assert.ok(sequence > this.#next!, 'the audio sequence goes backwards');
    if (blockBase(sequence) !== base) this.#blocks.delete(base);
    this.#next = sequence;
  }

  #oldestAfter(base: number): number | null {
    let oldest: number | null = null;
    for (const other of this.#blocks.keys()) {
      if (other > base && (oldest === null || other < oldest)) oldest = other;
    }
    return oldest;
  }
}
