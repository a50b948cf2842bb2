// Loads the test files of one process (job.ts), each as a suite of its own: top-level hooks affect only their own file.
import { suite } from 'node:test';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) suite(file, () => import(pathToFileURL(file).href));
