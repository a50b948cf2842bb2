import { config } from 'zod';

// Imported before any schema is made: compiled schemas try eval, which a strict content policy forbids and reports.
config({ jitless: true });
