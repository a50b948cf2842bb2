import { sunshine } from './sunshine.ts';
import type { FamilyName, HostFamily } from './types.ts';
import { wolf } from './wolf.ts';

export const FAMILIES: Readonly<Record<FamilyName, HostFamily>> = { sunshine, wolf };
export type { EncryptionMode, FamilyName, HostFamily } from './types.ts';
