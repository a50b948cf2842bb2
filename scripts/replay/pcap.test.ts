import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPcap } from './pcap.ts';
import { buildPcap } from './testing/captures.ts';
import { readUdp } from './udp.ts';

/** From 10.0.0.1:47998 to 10.0.0.2:50000, payload `aabb`. */
const UDP = Buffer.from('bb7ec350000a0000aabb', 'hex');
const IPV4 = Buffer.concat([Buffer.from('4500001e0000000040110000' + '0a0000010a000002', 'hex'), UDP]);
const IPV6 = Buffer.concat([
  Buffer.from('60000000000a1140', 'hex'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('20010db8000000000000000000000002', 'hex'),
  UDP,
]);
const prefixed = (hex: string, ip: Buffer) => Buffer.concat([Buffer.from(hex, 'hex'), ip]);
const read = (linkType: number, data: Buffer) => {
  const udp = readUdp(linkType, data);
  return udp && [udp.source.port, udp.destination.port, udp.payload.toString('hex')];
};
const EXPECTED = [47998, 50000, 'aabb'];

for (const big of [false, true]) {
  for (const nano of [false, true]) {
    test(`a pcap file, ${big ? 'big' : 'little'} endian, ${nano ? 'nano' : 'micro'}seconds`, () => {
      const packets = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')];
      const file = buildPcap(packets, { linkType: 113, big, nano });
      assert.deepEqual(
        readPcap(file),
        packets.map((data) => ({ linkType: 113, data })),
      );
      assert.equal(readPcap(file.subarray(0, file.length - 1)).length, 2, 'cut off');
      assert.equal(readPcap(file.subarray(0, file.length - 6)).length, 2, 'cut off in the header');
    });
  }
}

test('truncated packets are left out', () => {
  const file = buildPcap([Buffer.from('part'), Buffer.from('whole')]);
  file.writeUInt32LE(1500, 24 + 12);
  assert.deepEqual(
    readPcap(file).map((p) => p.data.toString()),
    ['whole'],
  );
});

test('anything but a pcap file is MALFORMED', () => {
  assert.throws(() => readPcap(Buffer.alloc(10)), { code: 'MALFORMED' });
  assert.throws(() => readPcap(Buffer.alloc(100)), { code: 'MALFORMED', hint: /editcap/ });
});

test('UDP datagrams are found on every link type, IPv4 and IPv6', () => {
  for (const [version, ip, type] of [
    ['IPv4', IPV4, '0800'],
    ['IPv6', IPV6, '86dd'],
  ] as const) {
    const ethernet = '0'.repeat(24);
    assert.deepEqual(read(1, prefixed(`${ethernet}${type}`, ip)), EXPECTED, `Ethernet ${version}`);
    assert.deepEqual(read(1, prefixed(`${ethernet}81000001${type}`, ip)), EXPECTED, `VLAN ${version}`);
    assert.deepEqual(read(1, prefixed(`${ethernet}88a8000181000002${type}`, ip)), EXPECTED, `two VLANs ${version}`);
    assert.deepEqual(read(113, prefixed(`00000304000600000000000000${'00'}${type}`, ip)), EXPECTED, `SLL ${version}`);
    assert.deepEqual(read(276, prefixed(`${type}${'00'.repeat(18)}`, ip)), EXPECTED, `SLL2 ${version}`);
    assert.deepEqual(read(0, prefixed('02000000', ip)), EXPECTED, `null ${version}`);
    assert.deepEqual(read(108, prefixed('00000002', ip)), EXPECTED, `loop ${version}`);
    for (const raw of [12, 14, 101, 228, 229]) assert.deepEqual(read(raw, ip), EXPECTED, `raw ${raw} ${version}`);
  }
});

test('IP options are skipped, and Ethernet padding is cut off', () => {
  const options = Buffer.concat([IPV4.subarray(0, 20), Buffer.from('01010101', 'hex'), UDP]);
  options[0] = 0x46;
  options.writeUInt16BE(options.length, 2);
  assert.deepEqual(read(101, options), EXPECTED);
  assert.deepEqual(read(101, Buffer.concat([IPV4, Buffer.alloc(20)])), EXPECTED);
});

test('TCP, fragments, other protocols and short packets give null', () => {
  const changed = (at: number, value: number) => {
    const b = Buffer.from(IPV4);
    b[at] = value;
    return b;
  };
  assert.equal(read(101, changed(9, 6)), null, 'TCP');
  assert.equal(read(101, changed(6, 0x20)), null, 'first fragment');
  assert.equal(read(101, changed(7, 1)), null, 'later fragment');
  assert.equal(read(101, changed(25, 200)), null, 'UDP length beyond the packet');
  assert.equal(read(1, prefixed('000000000000000000000000' + '0806', Buffer.alloc(28))), null, 'ARP');
  assert.equal(read(147, IPV4), null, 'unknown link type');
  for (let length = 0; length < IPV4.length; length++) assert.equal(read(101, IPV4.subarray(0, length)), null);
  for (let length = 0; length < IPV6.length; length++) assert.equal(read(101, IPV6.subarray(0, length)), null);
});

test('arbitrary bytes never make the readers throw', () => {
  const links = fc.constantFrom(0, 1, 12, 101, 108, 113, 276, 147);
  fc.assert(
    fc.property(links, fc.uint8Array({ maxLength: 80 }), fc.constantFrom(0x45, 0x60, 0x4f, 0), (link, bytes, first) => {
      readUdp(link, Buffer.from(bytes));
      readUdp(link, Buffer.from([first, ...bytes]));
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readPcap(Buffer.concat([buildPcap([]), bytes]));
    }),
  );
});
