import type { FamilyName } from '../ports.ts';
import { sunshine } from './sunshine.ts';
import type { HostFamily } from './types.ts';
import { wolf } from './wolf.ts';
import { wolf2026 } from './wolf-2026.ts';

export const FAMILIES: Readonly<Record<FamilyName, HostFamily>> = { sunshine, wolf, 'wolf-2026': wolf2026 };
