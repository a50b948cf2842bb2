import { z } from 'zod';

/** What carries a viewer's picture, sound and input. */
export const transportSchema = z.enum(['webrtc', 'websocket']);
export type TransportKind = z.infer<typeof transportSchema>;

/** The transport that a server or a page asks for; `auto`: whichever works. */
export const transportChoiceSchema = z.enum(['auto', 'webrtc', 'websocket']);
export type TransportChoice = z.infer<typeof transportChoiceSchema>;

/** How much of the stream a viewer gets: all of it; nothing until the next key frame; a key frame now and then. */
export const rungSchema = z.enum(['full', 'catchingUp', 'reduced']);
export type Rung = z.infer<typeof rungSchema>;

/** Why a viewer gets less than the whole stream; null: it gets all of it. */
export const rungCauseSchema = z.enum(['network']).nullable();

/** What carries WebRTC in a streamer: a stack of our own on the machine's OpenSSL, or node-datachannel. `auto`: ours wherever it runs. */
export const webRtcStackChoiceSchema = z.enum(['auto', 'native', 'node-datachannel']);
export type WebRtcStackChoice = z.infer<typeof webRtcStackChoiceSchema>;

/** The stack that carries WebRTC in one streamer. */
export const webRtcStackSchema = webRtcStackChoiceSchema.exclude(['auto']);
export type WebRtcStackName = z.infer<typeof webRtcStackSchema>;
