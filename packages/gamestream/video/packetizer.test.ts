import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { cauchyCode } from '../fec/erasure-code.ts';
import { recoverData } from '../fec/parity.ts';
import { planBlocks } from './block-plan.ts';
import { openVideoDatagram, sealVideoDatagram, videoKey, videoOpener } from './cipher.ts';
import { parityCount, parseVideoDatagram } from './datagram.ts';
import { VideoPacketizer } from './packetizer.ts';
import { sendFrames, V1_DATAGRAMS, V1_STREAM, V1_TIMESTAMP, v2Datagrams } from './testing/streams.ts';

const sha256 = (parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex');

const ROOM = Buffer.alloc(2048);

test('packetises example V-1 to the byte', () => {
  const host = new VideoPacketizer({
    packetSize: 32,
    fecPercentage: 20,
    minParity: 2,
    firstFrame: 7,
    firstSequence: 0x1234,
  });
  const frame = { data: V1_STREAM, keyFrame: true, timestamp: V1_TIMESTAMP, latency: 47 };
  const { frameIndex, datagrams } = host.packetize(frame);
  assert.equal(frameIndex, 7);
  assert.deepEqual(datagrams, V1_DATAGRAMS);
  assert.equal(sha256(datagrams), 'd251dc23177f87ac77d0009dfb86e08d06f0d0868b0a5f5f95eb31640c54b492');
  const next = host.packetize({ ...frame, keyFrame: false });
  assert.equal(next.frameIndex, 8);
  assert.equal(next.datagrams[0]!.readUInt16BE(2), 0x1239);
});

test('the erasure code recovers datagrams 0 and 2 of V-1', () => {
  const [, d1, , p0, p1] = V1_DATAGRAMS;
  const recovered = recoverData(cauchyCode(3, 2), [undefined, d1, undefined], [p0, p1], 48);
  assert.deepEqual(
    [...recovered!].map(([index, shard]) => [index, shard.toString('hex')]),
    [
      [0, '380007b6007a2feb0000000000000000003412007b00000005001000fb8b2000012f000206000000000000016764002a'],
      [2, 'd7007ee1000794dd0000000000000000003612001500000003001000e0eb7a0000112233445500000000000000000000'],
    ],
  );
});

test('packetises example V-2 to the byte', () => {
  const datagrams = v2Datagrams();
  assert.equal(datagrams.length, 299);
  assert.ok(datagrams.every((datagram) => datagram.length === 1040));
  assert.equal(sha256(datagrams), '08b5551223c8bee88740410bc215f3ca3c1bf21b9b0b0f69755492137064274d');
  const head = (at: number) => datagrams[at]!.toString('hex', 0, 48);
  assert.equal(
    head(0),
    '9000ffdcffffff00000000000000000000dcff0009000000050010404001401f01000002180000000000000165262d34',
  );
  assert.equal(
    head(125),
    '90000059ffffff0000000000000000000063f053090000001a003a4040d1471fb2b20e0eb032a9f42a77fa79bdf68b6b',
  );
  assert.equal(
    head(150),
    '90000072ffffff0000000000000000000072000109000000050010504001001f1b222930373e454c535a61686f767d84',
  );
  assert.equal(
    head(273),
    '900000edffffff00000000000000000000ed0001090000000300105040b1071f4b525960676e757c838a91989fa6adb4',
  );
});

test('seals and opens example E-1', () => {
  const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
  const key = videoKey(secret);
  const open = videoOpener(secret);
  const plain = V1_DATAGRAMS[0]!;
  const sealed = (counter: bigint) => sealVideoDatagram(key, counter, 7, plain).toString('hex');
  assert.equal(
    sealed(0n),
    '000000000000000000000056' +
      '07000000' +
      '6ea4245ee1ad88ff896e2c67021cb6f5' +
      '4f336519d68ad4fbfc7929865625ec5819a8abfaa4eb43e663dcc80f25b5ad5dfe111c838d0fd170afb1a6d8e27cafee',
  );
  assert.equal(
    sealed(258n),
    '020100000000000000000056' +
      '07000000' +
      '5a130f2f41a29442aec717bc5b021bfc' +
      '16b8fac02058735c67a5f663d9cceb242022fa79df5b5f9535e7e3488d1f4a3fa65d738c054b0e554b2fe5b2c1c99f99',
  );
  const datagram = Buffer.from(sealed(258n), 'hex');
  assert.deepEqual(openVideoDatagram(open, datagram, ROOM), plain);
  for (const at of [0, 11, 16, 31, 32, 79]) {
    const damaged = Buffer.from(datagram);
    damaged[at]! ^= 1;
    assert.equal(openVideoDatagram(open, damaged, ROOM), null, `byte ${at}`);
  }
  for (const length of [0, 11, 31, 32, 63])
    assert.equal(openVideoDatagram(open, datagram.subarray(0, length), ROOM), null);
});

test('an encrypting host numbers all its datagrams, parity included', () => {
  const key = Buffer.alloc(16, 5);
  const clear = sendFrames({}, [100, 20]).flatMap((frame) => frame.datagrams);
  const sealed = sendFrames({ key }, [100, 20]).flatMap((frame) => frame.datagrams);
  assert.deepEqual(
    sealed.map((datagram) => openVideoDatagram(videoOpener(key), datagram, Buffer.alloc(2048))),
    clear,
  );
  assert.deepEqual(
    sealed.map((datagram) => Number(datagram.readBigUInt64LE(0))),
    clear.map((_, at) => at),
  );
});

test('fecInfo is read as in protocol/3 §2.2', () => {
  const fields = (info: string) => {
    const datagram = Buffer.from(V1_DATAGRAMS[0]!);
    datagram.write(info, 28, 'hex');
    const { dataShards, shardIndex, fecPercentage, parityShards } = parseVideoDatagram(datagram)!;
    return [dataShards, shardIndex, fecPercentage, parityShards];
  };
  assert.deepEqual(fields('40168000'), [2, 1, 100, 2]);
  assert.deepEqual(fields('2004c000'), [3, 0, 66, 2]);
  assert.deepEqual(fields('40d1471f'), [125, 125, 20, 25]);
});

test('blocks are planned as in the table of protocol/3 §2.8', () => {
  const table = [
    [5, 242, 13, 968],
    [10, 231, 24, 924],
    [20, 212, 43, 848],
    [25, 204, 51, 816],
    [50, 170, 85, 680],
    [100, 127, 127, 508],
    [255, 71, 182, 284],
  ] as const;
  for (const [percentage, most, parity, limit] of table) {
    assert.deepEqual(planBlocks(most, percentage), { count: 1, shardsPerBlock: most, percentage });
    assert.equal(planBlocks(most + 1, percentage).count, 2);
    assert.equal(parityCount(most, percentage), parity);
    assert.deepEqual(planBlocks(limit, percentage), { count: 4, shardsPerBlock: most, percentage });
    assert.equal(planBlocks(limit + 1, percentage).percentage, 0);
  }
});

test('small frames get the minimum of parity, and a percentage to match', () => {
  const shapes = [1, 2, 3, 5].map((shards) => {
    const [frame] = sendFrames({ packetSize: 64 }, [shards * 48 - 8]);
    const first = parseVideoDatagram(frame!.datagrams[0]!)!;
    return [first.dataShards, first.fecPercentage, first.parityShards, frame!.datagrams.length];
  });
  assert.deepEqual(shapes, [
    [1, 200, 2, 3],
    [2, 100, 2, 4],
    [3, 66, 2, 5],
    [5, 40, 2, 7],
  ]);
});

test('without FEC there is no parity, and frames reach 4 times 1023 shards', () => {
  const [small] = sendFrames({ fecPercentage: 0 }, [10]);
  assert.equal(small!.datagrams.length, 1);
  const [largest] = sendFrames({ packetSize: 32 }, [4092 * 16 - 8]);
  assert.equal(largest!.datagrams.length, 4092);
  assert.throws(() => sendFrames({ packetSize: 32 }, [4092 * 16 - 7]), { code: 'INVALID_ARGUMENT' });
});

test('options that the headers cannot express are refused', () => {
  for (const wrong of [
    { packetSize: 24 },
    { packetSize: 70000 },
    { fecPercentage: 256 },
    { minParity: 3 },
    { key: Buffer.alloc(15) },
  ]) {
    assert.throws(() => sendFrames(wrong, []), { code: 'INVALID_ARGUMENT' });
  }
});
