// Loaded with each test file: the runner limits tests, but waits for ever for a file whose process does not end.
const LIMIT_MS = 10 * 60_000;

// Processes that a test forks inherit this, and are the test's.
if (process.send === undefined) {
  setTimeout(() => {
    process.stderr.write(`${process.argv[1]} does not end: ${process.getActiveResourcesInfo().join(' ')}\n`);
    process.exit(1);
  }, LIMIT_MS).unref();
}
