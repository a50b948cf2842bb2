export { Journal, type JournalEntry } from './journal.ts';
