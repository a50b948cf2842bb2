export { LegacyDoor } from './legacy-door.ts';
