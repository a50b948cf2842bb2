export { mcpHttp } from './http.ts';
export { serveMcpOnStdio } from './stdio.ts';
