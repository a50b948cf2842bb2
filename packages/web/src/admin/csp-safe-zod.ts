import { config } from 'zod';

// Imported before any schema is made: compiled schemas try eval, which a strict content security policy forbids and reports.
config({ jitless: true });
