export { EventStream } from './event-stream.ts';
export { type Audience, Journal, type JournalEntry } from './journal.ts';
