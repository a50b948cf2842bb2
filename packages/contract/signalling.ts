import { z } from 'zod';
import { controlActionNameSchema } from './control.ts';
import { parseJson } from './json.ts';
import { MAX_SIGNAL_BYTES } from './signal-size.ts';
import { transportSchema } from './transport.ts';

const descriptionSchema = z.object({
  ty: z.enum(['offer', 'answer', 'pranswer', 'rollback', 'unspecified']),
  sdp: z.string().max(200_000),
});
export type SessionDescription = z.infer<typeof descriptionSchema>;

const candidateSchema = z.object({
  candidate: z.string().max(4096),
  sdp_mid: z.string().max(256).nullish(),
  sdp_mline_index: z.int().min(0).max(1024).nullish(),
  username_fragment: z.string().max(256).nullish(),
});
export type IceCandidate = z.infer<typeof candidateSchema>;

const signalingSchema = z.union([
  z.object({ Description: descriptionSchema }),
  z.object({ AddIceCandidate: candidateSchema }),
]);

/** Browser to server, protocol/4 §3 and §4. On the peer socket, only the credentials of AuthenticateAndInit matter. */
export const clientSignalSchema = z.union([
  z.object({ Signaling: signalingSchema }),
  z.object({ AuthenticateAndInit: z.looseObject({ credentials: z.string().max(4096).nullish() }) }),
  /** Ours: the server answers with `StillHere`, the streamer with `LastFrame`. */
  z.object({ StillThere: z.object({}) }),
  /** Ours, like those below: answered with `MediaTicket`. */
  z.object({ GetMediaTicket: z.object({}) }),
  /** The browser has made a new peer connection and will send an offer: its earlier WebRTC transport is over. */
  z.object({ RestartWebRtc: z.object({}) }),
  /** This transport has shown a picture: the other is to be closed. */
  z.object({ UseTransport: z.object({ transport: transportSchema }) }),
  /** Answered with `Control` if it changes something, with `ControlRefused` if it is not allowed. */
  z.object({ ControlAction: z.object({ action: controlActionNameSchema, to: z.string().max(64).nullish() }) }),
  /** What the person wants to be called; ignored if a link or a login gave the name. */
  z.object({ SetName: z.object({ name: z.string().max(256) }) }),
]);
export type ClientSignal = z.infer<typeof clientSignalSchema>;

/** The part of a browser's messages that the streamer needs; the rest ends at the server. */
export const negotiationSchema = signalingSchema;
export type Negotiation = z.infer<typeof negotiationSchema>;

/** Which of a browser's controllers have a slot on the host; players count from 1, across all browsers. */
export const gamepadPlayersSchema = z.array(z.object({ id: z.int().min(0).max(15), player: z.int().min(1) })).max(16);
export type GamepadPlayers = z.infer<typeof gamepadPlayersSchema>;

/** A browser's text frame, or null for anything this contract does not know: that must not break the connection (protocol/4 §4). */
export function parseClientSignal(text: string): ClientSignal | null {
  return parseMessage(clientSignalSchema, text);
}

/** A text message of at most MAX_SIGNAL_BYTES that matches `schema`, otherwise null. */
export function parseMessage<T>(schema: z.ZodType<T>, text: string): T | null {
  return text.length > MAX_SIGNAL_BYTES ? null : (schema.safeParse(parseJson(text)).data ?? null);
}
