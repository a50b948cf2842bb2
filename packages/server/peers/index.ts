export { PeerDoor } from './peer-door.ts';
