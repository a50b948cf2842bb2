export { type Authenticate, PeerDoor } from './peer-door.ts';
export { PeerSocket } from './peer-socket.ts';
export { Strangers } from './strangers.ts';
