import type { HostEncryption } from '@moonshare/contract';

/** What is sent unencrypted between host and server; control and input never are. */
function inTheClear({ video, audio }: HostEncryption): string {
  return [video ? '' : 'picture', audio ? '' : 'sound'].filter((kind) => kind !== '').join(' or ');
}

/** As part of a line; null if not known. */
export function encryptionPhrase(encryption: HostEncryption | null): string | null {
  if (encryption === null) return null;
  const { video, audio, older_control } = encryption;
  if (!video || !audio) return `host ${video ? 'sound' : audio ? 'picture' : 'stream'} not encrypted`;
  return older_control ? 'host stream encrypted, input only weakly' : 'host stream encrypted';
}

/** As a figure and its explanation; null if not known. */
export function encryptionTile(encryption: HostEncryption | null): { value: string; more: string } | null {
  if (encryption === null) return null;
  const clear = inTheClear(encryption);
  const weak = encryption.older_control ? 'input only weakly' : '';
  const more = [clear === '' ? '' : `not ${clear}`, weak].filter((part) => part !== '').join(', ');
  return clear === '' ? { value: 'All', more } : { value: 'Part', more };
}
