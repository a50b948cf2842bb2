export { PeerConnectionHandler } from './peer-connection-handler.ts';
export { PeerSocket } from './peer-socket.ts';
export { PendingConnections } from './pending-connections.ts';
export { SocketLogin } from './socket-login.ts';
