import type { ProfileName } from '../ports.ts';
import type { HostProfile } from './host-profile.ts';
import { sunshine } from './sunshine.ts';
import { wolf } from './wolf.ts';
import { wolf2026 } from './wolf-2026.ts';

export const PROFILES: Readonly<Record<ProfileName, HostProfile>> = { sunshine, wolf, 'wolf-2026': wolf2026 };
