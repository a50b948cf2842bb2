export { Negotiation, type NegotiationStep } from './negotiation.ts';
export type { SdpTransport } from './parse.ts';
export type { LocalTransport } from './write.ts';
