export { type Audience, EventLog, type EventLogEntry } from './event-log.ts';
export { EventStream } from './event-stream.ts';
