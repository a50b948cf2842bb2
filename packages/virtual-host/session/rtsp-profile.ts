import type { Announcement, RtspRequest } from '@moonshare/gamestream';

/** How much Sunshine encrypts: its modes 0, 1 and 2, protocol/5. */
export type EncryptionMode = 'off' | 'offered' | 'required';

/** How hosts differ over RTSP. */
export interface RtspProfile {
  /** A slower request is dropped, ms. */
  patienceMs: number;
  /** Null: not complete yet. Throws for what the host does not understand. */
  read(bytes: Buffer): RtspRequest | null;
  /** Throws MALFORMED. */
  readAnnounce(body: string): Announcement;
  /** Closes without a reply where others answer a bad ANNOUNCE. */
  silentOnBadAnnounce: boolean;
  describe(encryption: EncryptionMode): string;
  /** SETUP gives a ping payload and connect data to echo. */
  givesIds: boolean;
}
