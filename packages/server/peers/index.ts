export { PeerDoor } from './peer-door.ts';
export { PeerSocket } from './peer-socket.ts';
export { SocketLogin } from './socket-login.ts';
export { Strangers } from './strangers.ts';
