export { EventStream } from './event-stream.ts';
export { Journal, type JournalEntry } from './journal.ts';
