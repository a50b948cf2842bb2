import { participantNameSchema, streamerIdSchema } from '@moonshare/contract';

export const STREAMER = { streamer_id: streamerIdSchema.describe('As listed by list_streamers') };

export const PARTICIPANT = {
  participant: participantNameSchema
    .optional()
    .describe('The name under which people see you; use the same one in all calls. Absent: that of your token'),
};
