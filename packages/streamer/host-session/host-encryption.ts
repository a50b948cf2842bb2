import { BlockList, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { HostEncryption, HostEncryptionSetting } from '@moonshare/contract';
import type { Encrypt, RtspSession } from '@moonshare/gamestream';

/** Default auto: what does not leave the machine is not worth encrypting. */
export function encryptionToAsk(setting: HostEncryptionSetting | undefined, isOneMachine: boolean): Encrypt {
  switch (setting ?? 'auto') {
    case 'always':
      return 'all';
    case 'never':
      return 'demanded';
    case 'auto':
      return isOneMachine ? 'demanded' : 'offered';
  }
}

/** Whether an IP address belongs to this machine. `interfaces`: as from `os.networkInterfaces`. */
export function isOwnAddress(address: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): boolean {
  const [plain = '', zone] = address.split('%');
  const own = new BlockList();
  own.addSubnet('127.0.0.0', 8, 'ipv4');
  own.addAddress('::1', 'ipv6');
  // Connections to the unspecified address end here.
  own.addAddress('0.0.0.0', 'ipv4');
  own.addAddress('::', 'ipv6');
  for (const [name, infos = []] of Object.entries(interfaces)) {
    for (const info of infos) {
      // The same link-local address may be another machine on another link.
      const isOtherLink =
        zone !== undefined && zone !== name && info.family === 'IPv6' && zone !== String(info.scopeid);
      if (!isOtherLink) own.addAddress(info.address, info.family === 'IPv6' ? 'ipv6' : 'ipv4');
    }
  }
  return own.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** Input goes over the control stream, which is always encrypted: hosts that cannot are refused as too old. */
export function encryptionInUse({ controlV2, video, audio }: RtspSession['encryption']): HostEncryption {
  return { control: true, input: true, video, audio, older_control: !controlV2 };
}
