import { z } from 'zod';
import { parseMessage, serverSignalSchema } from '../signalling.ts';

/** The server's text messages on the channel `general` (protocol/4 §5); those of the socket may appear here too. */
export const generalMessageSchema = z.union([
  z.literal('ConnectionTerminated'),
  z.object({ ConnectionStatusUpdate: z.object({ status: z.enum(['Ok', 'Poor']) }) }),
  serverSignalSchema,
]);
export type GeneralMessage = z.infer<typeof generalMessageSchema>;

/** null for anything unknown. */
export function parseGeneralMessage(text: string): GeneralMessage | null {
  return parseMessage(generalMessageSchema, text);
}
