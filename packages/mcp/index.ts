export { type McpCall, mcpHttp } from './http.ts';
export { Rest } from './rest.ts';
export { serveMcpOnStdio } from './stdio.ts';
