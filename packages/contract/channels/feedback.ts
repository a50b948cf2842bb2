/** What the host lets a viewer feel (protocol/4 §5, to the client). Motor values 0..65535. */
export type ViewerFeedback =
  | { kind: 'rumble'; id: number; low: number; high: number }
  | { kind: 'triggerRumble'; id: number; left: number; right: number };
