/** From a recorded packet to its UDP payload. */
export interface UdpDatagram {
  source: Endpoint;
  destination: Endpoint;
  payload: Buffer;
}

export interface Endpoint {
  /** IP address in hex: only ever compared. */
  address: string;
  port: number;
}

/** LINKTYPE numbers of pcap files. */
const LINK = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
};
const VLAN_TYPES = [0x8100, 0x88a8];
const UDP = 17;
const UDP_HEADER = 8;

/** The UDP datagram in a packet; null for anything else, including IP fragments. Errors: none. */
export function readUdp(linkType: number, data: Buffer): UdpDatagram | null {
  const ip = ipPacket(linkType, data);
  if (ip === null || ip.length === 0) return null;
  const version = ip[0]! >> 4;
  if (version === 4) return readIpv4(ip);
  return version === 6 ? readIpv6(ip) : null;
}

/** For a packet that is not IP: null, or bytes that do not start with 4 or 6. */
function ipPacket(linkType: number, data: Buffer): Buffer | null {
  switch (linkType) {
    case LINK.ethernet:
      return afterVlans(data, 12);
    case LINK.linuxCooked:
      return afterVlans(data, 14);
    case LINK.linuxCooked2:
      return data.subarray(20);
    case LINK.null:
    case LINK.loop:
      return data.subarray(4);
    case LINK.rawBsd:
    case LINK.rawOpenBsd:
    case LINK.raw:
    case LINK.ipv4:
    case LINK.ipv6:
      return data;
    default:
      return null;
  }
}

function afterVlans(data: Buffer, typeAt: number): Buffer {
  let at = typeAt;
  while (at + 6 <= data.length && VLAN_TYPES.includes(data.readUInt16BE(at))) at += 4;
  return data.subarray(at + 2);
}

function readIpv4(ip: Buffer): UdpDatagram | null {
  if (ip.length < 20) return null;
  const header = (ip[0]! & 15) * 4;
  const total = ip.readUInt16BE(2);
  const fragment = ip.readUInt16BE(6) & 0x3fff;
  if (header < 20 || total < header || total > ip.length || fragment !== 0 || ip[9] !== UDP) return null;
  return readUdpSegment(ip.subarray(header, total), ip.subarray(12, 16), ip.subarray(16, 20));
}

function readIpv6(ip: Buffer): UdpDatagram | null {
  if (ip.length < 40) return null;
  const total = 40 + ip.readUInt16BE(4);
  if (total > ip.length || ip[6] !== UDP) return null;
  return readUdpSegment(ip.subarray(40, total), ip.subarray(8, 24), ip.subarray(24, 40));
}

function readUdpSegment(segment: Buffer, source: Buffer, destination: Buffer): UdpDatagram | null {
  if (segment.length < UDP_HEADER) return null;
  const length = segment.readUInt16BE(4);
  if (length < UDP_HEADER || length > segment.length) return null;
  return {
    source: { address: source.toString('hex'), port: segment.readUInt16BE(0) },
    destination: { address: destination.toString('hex'), port: segment.readUInt16BE(2) },
    payload: segment.subarray(UDP_HEADER, length),
  };
}
