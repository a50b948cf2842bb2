/** Preloaded into a server: a fault of ours, when the parent says so. */
process.on('message', () => {
  void Promise.reject(new Error('a fault in a promise'));
});
process.channel?.unref();
