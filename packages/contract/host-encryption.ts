import { z } from 'zod';

/** The setting `hostEncryption`, and `host_encryption` of a request. */
export const hostEncryptionSettingSchema = z.enum(['auto', 'always', 'never']);
export type HostEncryptionSetting = z.infer<typeof hostEncryptionSettingSchema>;

/** What is encrypted between the host and its streamer. */
export const hostEncryptionSchema = z.object({
  control: z.boolean(),
  input: z.boolean().describe('same as control'),
  video: z.boolean(),
  audio: z.boolean(),
  older_control: z
    .boolean()
    .describe('control is in the older style of Wolf and GeForce Experience, which hides little: see SECURITY.md'),
});
export type HostEncryption = z.infer<typeof hostEncryptionSchema>;
